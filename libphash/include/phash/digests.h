/* SPDX-License-Identifier: Apache-2.0 */
/** @file digests.h
 *  Exact digests of files: MD5, SHA-1 and SHA-256 in one pass over the bytes. Part of libphash-private (OpenSSL).
 *
 *  A digest finds a file that was copied bit for bit, whatever kind of file it is, and nothing else. MD5 and SHA-1 do
 *  not withstand somebody who makes two files with one digest; they are here because most lists in use hold them.
 *  Source: RFC 1321 (MD5), FIPS 180-4 (SHA-1, SHA-256).
 */
#ifndef PHASH_DIGESTS_H
#define PHASH_DIGESTS_H

#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Digest algorithms. The values are bits, to be joined where several are meant. */
#define PHASH_DIGEST_MD5 1u
#define PHASH_DIGEST_SHA1 2u
#define PHASH_DIGEST_SHA256 4u

#define PHASH_DIGEST_MD5_SIZE 16    /**< bytes of an MD5 digest */
#define PHASH_DIGEST_SHA1_SIZE 20   /**< bytes of a SHA-1 digest */
#define PHASH_DIGEST_SHA256_SIZE 32 /**< bytes of a SHA-256 digest */

/** The digests of one file. */
typedef struct phash_digests {
    uint32_t known; /**< PHASH_DIGEST_... bits: which of the members hold something */
    uint8_t md5[PHASH_DIGEST_MD5_SIZE];
    uint8_t sha1[PHASH_DIGEST_SHA1_SIZE];
    uint8_t sha256[PHASH_DIGEST_SHA256_SIZE];
} phash_digests;

/** Computes the digests of one file after another: make one per thread and reuse it. */
typedef struct phash_digester phash_digester;

/** Make a digester, ready for the bytes of a first file.
 *
 *  Out:  out         free with phash_digester_free
 *  In:   algorithms  PHASH_DIGEST_... bits, at least one: only these are computed
 *        options     hooks; may be NULL. OpenSSL's own allocations do not go through them
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT, also for unknown bits; PHASH_E_UNSUPPORTED when OpenSSL does not offer one of
 *           them, as MD5 under some policies; PHASH_E_NO_MEMORY.
 *  Threads: see phash.h.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digester_new(phash_digester **out, uint32_t algorithms,
                                                          const phash_options *options);

/** Free a digester and store NULL. What is left of the bytes it was given is wiped. */
PHASH_API void phash_digester_free(phash_digester **digester);

/** Forget what was added and begin a file anew.
 *
 *  Needed only to give up a file: phash_digester_new and phash_digester_finish leave the digester ready.
 *
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY.
 *  Threads: exclusive use of digester.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digester_begin(phash_digester *digester);

/** Add the next bytes of the file, in pieces of any size.
 *
 *  In:   bytes  size bytes; may be NULL when size is 0
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE after an earlier failure, until phash_digester_begin;
 *           PHASH_E_NO_MEMORY.
 *  Threads: exclusive use of digester.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digester_add(phash_digester *digester, const uint8_t *bytes, size_t size);

/** Give the digests of the bytes that were added, and begin the next file.
 *
 *  Out:  out  members of algorithms that were not asked for are zeros
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE after an earlier failure; PHASH_E_NO_MEMORY.
 *  Threads: exclusive use of digester.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digester_finish(phash_digester *digester, phash_digests *out);

#ifdef __cplusplus
}
#endif
#endif
