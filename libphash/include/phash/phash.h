/* SPDX-License-Identifier: Apache-2.0 */
/** @file phash.h
 *  What every part of libphash shares: status codes, options, diagnostics, versions.
 *
 *  Rules that hold for all functions, said once:
 *
 *  - Argument order: context, outputs, inputs. A size or count follows its array at once.
 *    `n` counts elements, `size` counts bytes, `stride` is bytes between row starts.
 *  - Pointers must not be NULL unless the docstring says they may be. A NULL where none is
 *    allowed gives PHASH_E_ARGUMENT, never a crash.
 *  - On any status but PHASH_OK the outputs are untouched, unless the docstring says otherwise.
 *  - Handles are opaque. `phash_x_new` or `_open` gives one, `phash_x_free(&x)` takes it back: it accepts
 *    NULL and a pointer to NULL, wipes secrets, and stores NULL.
 *  - Threads: a `const` handle may be shared by threads; a non-`const` handle needs exclusive access.
 *    There is no global mutable state, no signal handler, no printing and no network access.
 *  - "No match", "low quality" and "could not tell" are results, not errors.
 *  - Status numbers never change their meaning. Structures passed in that begin with `struct_size`
 *    may grow; set it to sizeof the structure.
 */
#ifndef PHASH_PHASH_H
#define PHASH_PHASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_VERSION_MAJOR 0
#define PHASH_VERSION_MINOR 1
#define PHASH_VERSION_PATCH 0
#define PHASH_VERSION_STRING "0.1.0"

#if defined(_WIN32)
#  if defined(PHASH_BUILD_SHARED)
#    define PHASH_API __declspec(dllexport)
#  else
#    define PHASH_API
#  endif
#elif defined(__GNUC__)
#  define PHASH_API __attribute__((visibility("default")))
#else
#  define PHASH_API
#endif

#if defined(__GNUC__)
#  define PHASH_NODISCARD __attribute__((warn_unused_result))
#else
#  define PHASH_NODISCARD
#endif

/** Outcome of a call. Grouped by tens; numbers never change meaning. */
typedef enum phash_status {
    PHASH_OK = 0,

    /* the caller */
    PHASH_E_ARGUMENT = 1,         /**< an argument breaks the function's contract */
    PHASH_E_STATE = 2,            /**< the object is not in a state that allows this call */
    PHASH_E_BUFFER_TOO_SMALL = 3, /**< the output buffer is too small; the needed size was stored */
    PHASH_E_UNSUPPORTED = 4,      /**< valid input of a kind this build does not handle */

    /* resources */
    PHASH_E_NO_MEMORY = 10, /**< an allocation failed */
    PHASH_E_IO = 11,        /**< a file could not be opened, read or written */
    PHASH_E_LIMIT = 12,     /**< a limit of phash_limits would be exceeded */
    PHASH_E_TIMEOUT = 13,   /**< the CPU time limit was reached */

    /* images */
    PHASH_E_TRUNCATED = 20,      /**< the data ends early */
    PHASH_E_MALFORMED = 21,      /**< the data is damaged */
    PHASH_E_FORMAT_UNKNOWN = 22, /**< not an image of a known kind */
    PHASH_E_EMPTY = 23,          /**< no bytes at all */

    /* lists and set files */
    PHASH_E_MAGIC = 40,    /**< not a set or key file */
    PHASH_E_VERSION = 41,  /**< a format version this build does not know */
    PHASH_E_CHECKSUM = 42, /**< bytes do not agree with their digest */
    PHASH_E_ORDER = 43,    /**< sections or values out of their fixed order or range */
    PHASH_E_RECORD = 44,   /**< a record or row is not well formed */

    /* trust in a set */
    PHASH_E_UNSIGNED = 50,  /**< the set carries no signature and one is required */
    PHASH_E_SIGNER = 51,    /**< the set is signed, but by none of the required signers */
    PHASH_E_SIGNATURE = 52, /**< a signature does not verify */
    PHASH_E_QUORUM = 53,    /**< too few of the required signers have signed the set */
    PHASH_E_EXPIRED = 54,   /**< the set is out of date */
    PHASH_E_ROLLBACK = 55,  /**< an older edition of the set than one seen before */
    PHASH_E_FORK = 56,      /**< the edition does not continue the history seen before */

    /* matching */
    PHASH_E_POINT_INVALID = 60, /**< a group element is not a valid P-256 point encoding */
    PHASH_E_PROOF_INVALID = 61, /**< the evaluator's proof does not verify: wrong key or tampering */
    PHASH_E_MESSAGE = 62,       /**< a protocol message is not well formed */
    PHASH_E_RANDOM = 63,        /**< the random source failed */
    PHASH_E_KEY = 64,           /**< a key is out of range or belongs to another set */
    PHASH_E_REFUSED = 65,       /**< the evaluator answered with an error */

    PHASH_E_INTERNAL = 90 /**< a broken invariant of libphash; please report */
} phash_status;

/** Describe a status in a few English words.
 *
 *  Returns: a static string, never NULL, without user data; "unknown status" for a number not in the enum.
 *  Memory:  allocates nothing.
 *  Threads: pure.
 */
PHASH_API const char *phash_status_string(phash_status status);

/** Tell the version of the library that is linked, as "major.minor.patch".
 *
 *  Compare with PHASH_VERSION_STRING to find a header that does not belong to the library.
 *  Threads: pure.
 */
PHASH_API const char *phash_version(void);

/** What exactly went wrong: a fixed text buffer the caller may pass to functions that take one.
 *
 *  The first message wins. Set text[0] = 0 before the call. It names what, where and which limit; it never
 *  holds hashes, keys, pixel data or anything else that is secret. Always ends with a 0 byte.
 */
typedef struct phash_diag {
    char text[256];
} phash_diag;

/** Memory and randomness hooks for handles. All members may be NULL: then malloc, free and the operating
 *  system's random source are used. Copied by the function that takes it.
 *
 *  The hooks serve libphash's own allocations; the codec libraries and OpenSSL keep their own.
 */
typedef struct phash_options {
    size_t struct_size; /**< sizeof(phash_options) */
    void *(*alloc)(void *user, size_t size); /**< like malloc; may return NULL */
    void (*release)(void *user, void *ptr);  /**< like free; ptr may be NULL */
    /** Fill out with size unpredictable bytes; 0 on success. Deterministic only in tests. */
    int (*random)(void *user, uint8_t *out, size_t size);
    void *user; /**< handed to the hooks */
} phash_options;

/** Upper bounds on what one input may cost. 0 means the default, never "unlimited". */
typedef struct phash_limits {
    size_t struct_size;       /**< sizeof(phash_limits) */
    uint64_t max_pixels;      /**< width x height of a picture; default 256 x 1024 x 1024 */
    uint32_t max_side;        /**< width or height, pixels; default 65500 */
    uint32_t max_scans;       /**< scans of a progressive JPEG; default 100 */
    uint64_t max_memory;      /**< bytes a decoder may use; default 512 MiB */
    uint64_t max_file_size;   /**< bytes of an input file; default 512 MiB */
    uint32_t max_cpu_ms;      /**< CPU milliseconds for one picture; default 10,000 */
} phash_limits;

#ifdef __cplusplus
}
#endif
#endif
