/* SPDX-License-Identifier: Apache-2.0 */
/** @file set.h
 *  Evaluator keys and blinded sets. Part of libphash-private.
 *
 *  A blinded set is a list of hashes that can be looked up only with the help of the evaluator's key: without it
 *  every field is pseudo-random. Format: docs/formats/blinded-set.md. Protocol: docs/protocol.md.
 */
#ifndef PHASH_SET_H
#define PHASH_SET_H

#include <phash/hash.h>
#include <phash/list.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_KEY_ID_SIZE 16
#define PHASH_PUBLIC_KEY_SIZE 33
#define PHASH_KEY_FILE_SIZE 256 /**< a key file is never longer */
#define PHASH_SET_ID_SIZE 16
#define PHASH_DIGEST_SIZE 32

#define PHASH_BANDS_DEFAULT 6    /**< bands of a hash; fewer protect the list better, more find more */
#define PHASH_BUDGET_DEFAULT 256 /**< tokens asked for each picture */
#define PHASH_BUDGET_MAX 1024
#define PHASH_LABEL_MAX 255 /**< bytes of an entry's label in a set */

/** The evaluator's secret key. Everything derived from it that could open a set stays inside. */
typedef struct phash_key phash_key;

/** Draw a new key from the random source.
 *
 *  Out: out  free with phash_key_free.   Returns: PHASH_OK; PHASH_E_RANDOM; PHASH_E_NO_MEMORY.
 *  Secret: the handle.
 */
PHASH_NODISCARD PHASH_API phash_status phash_key_new(phash_key **out, const phash_options *options);

/** Read a key from the bytes of a key file (docs/formats/key.md).
 *
 *  In:      bytes  size bytes of text; wipe them after the call
 *  Returns: PHASH_OK; PHASH_E_MAGIC; PHASH_E_VERSION; PHASH_E_RECORD; PHASH_E_KEY when the secret is out of range or
 *           does not belong to the public key beside it.
 *  Secret:  bytes and the handle; constant time in the secret but for its hexadecimal form's validity.
 */
PHASH_NODISCARD PHASH_API phash_status phash_key_read(phash_key **out, phash_diag *diag, const uint8_t *bytes,
                                                      size_t size, const phash_options *options);

/** Write the bytes of a key file.
 *
 *  Out:     bytes    at most PHASH_KEY_FILE_SIZE;  written  how many
 *  Returns: PHASH_OK; PHASH_E_BUFFER_TOO_SMALL.   Secret: bytes; store them with mode 0600 and wipe the buffer.
 */
PHASH_NODISCARD PHASH_API phash_status phash_key_write(const phash_key *key, uint8_t *bytes, size_t size,
                                                       size_t *written);

/** Give the public key (SEC 1 compressed point) and its id (the first 16 bytes of a labelled SHA-256 of it). */
PHASH_API void phash_key_public(const phash_key *key, uint8_t public_key[PHASH_PUBLIC_KEY_SIZE],
                                uint8_t id[PHASH_KEY_ID_SIZE]);

/** Wipe and free a key and store NULL. */
PHASH_API void phash_key_free(phash_key **key);

/** An opened set. Immutable: threads may share it. */
typedef struct phash_set phash_set;

/** Parameters of a set. Zero members mean the defaults. */
typedef struct phash_set_params {
    size_t struct_size; /**< sizeof(phash_set_params) */
    uint32_t bands;     /**< m: 6, 7 or 8 */
    uint32_t budget;    /**< tokens a picture: 64..PHASH_BUDGET_MAX */
    uint64_t sequence;  /**< number of this edition of the set */
    uint64_t created;   /**< seconds since 1970 UTC; 0 is stored as 0 ("not said") */
    uint64_t not_after; /**< seconds since 1970 UTC after which the set is stale; 0: never */
    const char *name;   /**< name of the set, 1..64 printable ASCII bytes; its id is derived from it and the key */
    /** The edition before this one, opened; NULL for the first. It must have the same name and key. The new edition
     *  names its digest, and its sequence is one more: give 0, or that very number. */
    const phash_set *previous;
} phash_set_params;

/** Called now and then during long work; a non-zero answer stops it with PHASH_E_STATE. */
typedef int (*phash_progress_fn)(void *user, uint64_t done, uint64_t total);

/** Takes the next bytes of a file; 0 on success. */
typedef int (*phash_write_fn)(void *user, const uint8_t *bytes, size_t size);

/** Result of a build. */
typedef struct phash_set_build_report {
    uint64_t entries;    /**< entries in the set */
    uint64_t duplicates; /**< exact duplicates left out (same hash, list and label) */
    uint64_t tokens;     /**< distinct tokens evaluated */
    uint64_t file_size;  /**< bytes written */
} phash_set_build_report;

/** Blind a list: write a set that only the holder of key can help to look up.
 *
 *  The same list (in any order), key and parameters give the same bytes. Takes about one hash-to-curve and one multiply
 *  per band and entry (roughly 0.15 ms together).
 *
 *  Out:  report    may be NULL
 *        diag      says which entry and why on failure; may be NULL
 *  In:   list      at least one entry; labels at most PHASH_LABEL_MAX bytes; at most 2^32 - 1 entries
 *        radii     radius of each source of the list (0..PHASH_RADIUS_MAX), or NULL for the default
 *        write     called with consecutive pieces of the file; what it wrote is worthless unless PHASH_OK comes back
 *        progress  may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_LIMIT; PHASH_E_NO_MEMORY; PHASH_E_IO when write fails; PHASH_E_STATE.
 *  Secret: key.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_build(phash_set_build_report *report, phash_diag *diag,
                                                       const phash_key *key, const phash_list *list,
                                                       const uint32_t *radii, const phash_set_params *params,
                                                       phash_write_fn write, void *write_user,
                                                       phash_progress_fn progress, void *progress_user,
                                                       const phash_options *options);

/** Facts about a set; pointers are borrowed from it. */
typedef struct phash_set_info {
    uint32_t format; /**< format version */
    uint32_t bands;
    uint32_t budget;
    uint32_t lock_bits; /**< bits of the offline lock; 0: none */
    uint64_t entries;
    uint64_t sequence;
    uint64_t created;
    uint64_t not_after;
    uint64_t file_size;
    uint32_t source_count;
    uint32_t record_size; /**< bytes of a record */
    const char *name;     /**< ends with a 0 byte */
    uint8_t id[PHASH_SET_ID_SIZE];
    uint8_t key_id[PHASH_KEY_ID_SIZE];
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t digest[PHASH_DIGEST_SIZE]; /**< SHA-256 of the manifest: names this edition of the set */
    uint8_t previous[PHASH_DIGEST_SIZE]; /**< digest of the edition before this one; zeros for the first */
    uint32_t signature_count;            /**< signatures the file carries, verified or not */
} phash_set_info;

/** Open a set file by mapping it: no parsing pass; what is read later is verified against the digest tree then.
 *
 *  Replace set files by renaming, never by writing into them: a file cut short under a mapping ends the process.
 *
 *  Returns: PHASH_OK; PHASH_E_IO; PHASH_E_MAGIC; PHASH_E_VERSION; PHASH_E_CHECKSUM; PHASH_E_ORDER; PHASH_E_TRUNCATED;
 *           PHASH_E_POINT_INVALID; PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_open(phash_set **out, phash_diag *diag, const char *path,
                                                      const phash_options *options);

/** Open a set that is already in memory; bytes must outlive the handle. Returns: as phash_set_open. */
PHASH_NODISCARD PHASH_API phash_status phash_set_open_memory(phash_set **out, phash_diag *diag, const uint8_t *bytes,
                                                             size_t size, const phash_options *options);

/** Unmap and free a set and store NULL. */
PHASH_API void phash_set_free(phash_set **set);

/** Give the facts of a set. Returns: PHASH_OK; PHASH_E_ARGUMENT. Threads: pure. */
PHASH_NODISCARD PHASH_API phash_status phash_set_get_info(const phash_set *set, phash_set_info *info);

/** Name source list i of a set (borrowed, ends with 0) and count its entries. PHASH_E_ARGUMENT past the last. */
PHASH_NODISCARD PHASH_API phash_status phash_set_get_source(const phash_set *set, const char **name, uint64_t *entries,
                                                            uint32_t i);

/** Verify every block of the file against the digest tree. progress may be NULL.
 *
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM with the block in diag; PHASH_E_NO_MEMORY; PHASH_E_STATE when progress stops
 *           it.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_verify(const phash_set *set, phash_diag *diag,
                                                        phash_progress_fn progress, void *progress_user,
                                                        const phash_options *options);

#ifdef __cplusplus
}
#endif
#endif
