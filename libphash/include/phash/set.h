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
#define PHASH_LABEL_MAX 1000 /**< bytes of an entry's label in a set */

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
    const char *rules; /**< how entries were chosen, e.g. "in at least two lists": up to 255 bytes of text, or NULL */
} phash_set_params;

/** Called now and then during long work; a non-zero answer stops it with PHASH_E_STATE. */
typedef int (*phash_progress_fn)(void *user, uint64_t done, uint64_t total);

/** Takes the next bytes of a file; 0 on success. */
typedef int (*phash_write_fn)(void *user, const uint8_t *bytes, size_t size);

/** Takes bytes of a file that belong at an offset; 0 on success. Pieces may come in any order. */
typedef int (*phash_write_at_fn)(void *user, uint64_t offset, const uint8_t *bytes, size_t size);

/** Result of a build. */
typedef struct phash_set_build_report {
    uint64_t entries;    /**< entries in the set */
    uint64_t duplicates; /**< exact duplicates left out (same hash, list and label) */
    uint64_t tokens;     /**< distinct tokens evaluated */
    uint64_t file_size;  /**< bytes written */
} phash_set_build_report;

/** Blind a list: write a set that only the holder of key can help to look up.
 *
 *  The same lists (in any order, with their rows in any order), key and parameters give the same bytes. Sources of one
 *  name and radius become one. Takes about one hash-to-curve and one multiply per band and entry (0.02 to 0.15 ms
 *  together) on one processor, and memory for the whole set; a builder (below) uses many processors, can be resumed and
 *  does not hold the set.
 *
 *  Out:  report    may be NULL
 *        diag      says which entry and why on failure; may be NULL
 *  In:   list      at least one entry; labels at most PHASH_LABEL_MAX bytes; at most 2^31 entries
 *        radii     radius of each source of the list (0..PHASH_RADIUS_MAX), or NULL for the default
 *        write     called with consecutive pieces of the file; what it wrote is worthless unless PHASH_OK comes back
 *        progress  counts tokens; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_LIMIT; PHASH_E_NO_MEMORY; PHASH_E_IO when write fails; PHASH_E_STATE.
 *  Secret: key.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_build(phash_set_build_report *report, phash_diag *diag,
                                                       const phash_key *key, const phash_list *list,
                                                       const uint32_t *radii, const phash_set_params *params,
                                                       phash_write_fn write, void *write_user,
                                                       phash_progress_fn progress, void *progress_user,
                                                       const phash_options *options);

#define PHASH_SET_BUILD_ID_SIZE 16
#define PHASH_SET_CHUNK_TOKENS 256 /**< places of a chunk, at most */
#define PHASH_SET_CHUNK_SEALED_MAX (PHASH_SET_CHUNK_TOKENS * 32 + 16)

/** A set being built in steps: make a builder, do all of its chunks in any order, finish.
 *
 *      phash_set_builder_new(&b, ...);
 *      for each chunk, on any number of threads:  phash_set_builder_work(b, worker_of_thread, chunk, NULL, NULL);
 *      phash_set_builder_finish(b, ...);
 *
 *  The library starts no threads. A chunk's tokens can be had sealed, and given to a later builder of the same list,
 *  key and parameters in place of work: so an interrupted build goes on where it was. */
typedef struct phash_set_builder phash_set_builder;

/** What one thread needs to work on chunks: a context of its own. */
typedef struct phash_set_worker phash_set_worker;

/** Check list and parameters and put the entries in order; no token is computed yet.
 *
 *  Takes about 72 + 39 m bytes of memory an entry: 345 with 7 bands.
 *
 *  Out:     out      free with phash_set_builder_free; it borrows list and key, which must stay as they are until then
 *  In:      as phash_set_build
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_LIMIT; PHASH_E_NO_MEMORY.
 *  Secret:  key, the handle.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_builder_new(phash_set_builder **out, phash_diag *diag,
                                                             const phash_key *key, const phash_list *list,
                                                             const uint32_t *radii, const phash_set_params *params,
                                                             const phash_options *options);

/** Wipe and free a builder and store NULL. */
PHASH_API void phash_set_builder_free(phash_set_builder **builder);

/** Number of chunks; at least one a band. */
PHASH_API uint32_t phash_set_builder_chunk_count(const phash_set_builder *builder);

/** Number of places (bands times entries) a chunk has, and thereby its share of the work; 0 for no such chunk. */
PHASH_API uint32_t phash_set_builder_chunk_tokens(const phash_set_builder *builder, uint32_t chunk);

/** A name for what this build computes: builds that differ in the key, the entries, the bands or the set's name have
 *  different ones. Sealed chunks fit builders of one id. It reveals nothing of the list. */
PHASH_API void phash_set_builder_id(const phash_set_builder *builder, uint8_t id[PHASH_SET_BUILD_ID_SIZE]);

/** Make a worker: one for each thread. Returns: PHASH_OK; PHASH_E_NO_MEMORY. Free it with phash_set_worker_free. */
PHASH_NODISCARD PHASH_API phash_status phash_set_worker_new(phash_set_worker **out, const phash_options *options);

/** Wipe and free a worker and store NULL. */
PHASH_API void phash_set_worker_free(phash_set_worker **worker);

/** Compute the tokens of one chunk.
 *
 *  Out:     sealed  PHASH_SET_CHUNK_SEALED_MAX bytes for the chunk's tokens, encrypted under a key derived from the
 *                   evaluator's (AES-128-GCM); or NULL
 *           size    how many of them were used; NULL when sealed is
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT for no such chunk; PHASH_E_STATE after a finish; PHASH_E_NO_MEMORY.
 *  Threads: any number may work on one builder, each with its own worker and on chunks of its own.
 *  Secret:  the builder's key: constant time in it.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_builder_work(phash_set_builder *builder, phash_set_worker *worker,
                                                              uint32_t chunk, uint8_t *sealed, size_t *size);

/** Take a chunk from its sealed form in place of working on it.
 *
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM when it is damaged or belongs to another chunk or build, and nothing has
 *           changed; PHASH_E_ARGUMENT; PHASH_E_STATE after a finish; PHASH_E_NO_MEMORY.
 *  Threads: as phash_set_builder_work.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_builder_restore(phash_set_builder *builder, phash_set_worker *worker,
                                                                 uint32_t chunk, const uint8_t *sealed, size_t size);

/** Make the set out of the finished chunks and write it. Once only: the builder can then only be freed.
 *
 *  Takes up to 40 bytes of memory an entry more, for one map at a time. The first bytes of the file are written last.
 *
 *  Out:  report    may be NULL;  diag  likewise
 *  In:   write     takes pieces of the file with their places; together they leave no gap. Worthless unless PHASH_OK
 *        progress  may be NULL; counts steps of no particular size
 *  Returns: PHASH_OK; PHASH_E_STATE when a chunk was not done, after an earlier finish, or when progress stops it;
 *           PHASH_E_IO when write fails; PHASH_E_NO_MEMORY; PHASH_E_LIMIT for a manifest that is too large.
 *  Threads: exclusive; all workers must be done.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_builder_finish(phash_set_builder *builder,
                                                                phash_set_build_report *report, phash_diag *diag,
                                                                phash_write_at_fn write, void *write_user,
                                                                phash_progress_fn progress, void *progress_user);

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
    uint64_t record_bytes; /**< size of the section that holds hashes and labels, sealed */
    const char *name;      /**< ends with a 0 byte */
    const char *rules;     /**< how entries were chosen, in the builder's words; ends with a 0 byte, may be empty */
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

/** Give the radius of source list i: the widest distance at which its entries match. PHASH_E_ARGUMENT past the last. */
PHASH_NODISCARD PHASH_API phash_status phash_set_get_source_radius(const phash_set *set, uint32_t *radius, uint32_t i);

/** Verify every block of the file against the digest tree. progress may be NULL.
 *
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM with the block in diag; PHASH_E_NO_MEMORY; PHASH_E_STATE when progress stops
 *           it.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_verify(const phash_set *set, phash_diag *diag,
                                                        phash_progress_fn progress, void *progress_user,
                                                        const phash_options *options);

/* Signatures (docs/formats/set-signatures.md): organisations sign the manifest of an edition with Ed25519, and those
 * who use the set say whose signatures they require. */

#define PHASH_SIGNER_KEY_SIZE 32 /**< an Ed25519 public key (RFC 8032): it names a signer */
#define PHASH_SIGNATURE_SIZE 64
#define PHASH_SIGNED_MESSAGE_SIZE 68
#define PHASH_SIGNATURES_MAX 64     /**< signatures a set file may carry, and signers that may be required */
#define PHASH_SIGNER_FILE_SIZE 8192 /**< a PEM file of one key is never longer */

/** A signer's secret key. */
typedef struct phash_signer phash_signer;

/** Read a signer's secret key from a PEM file, as `openssl genpkey -algorithm ed25519` writes it.
 *
 *  Out:     out  free with phash_signer_free
 *  In:      pem  size bytes of text, one key; wipe them after the call
 *  Returns: PHASH_OK; PHASH_E_KEY when it is no Ed25519 secret key, or is behind a passphrase; PHASH_E_NO_MEMORY.
 *  Secret:  pem and the handle.
 */
PHASH_NODISCARD PHASH_API phash_status phash_signer_read(phash_signer **out, phash_diag *diag, const uint8_t *pem,
                                                         size_t size, const phash_options *options);

/** Give the public key of a signer. */
PHASH_API void phash_signer_public(const phash_signer *signer, uint8_t public_key[PHASH_SIGNER_KEY_SIZE]);

/** Wipe and free a signer and store NULL. */
PHASH_API void phash_signer_free(phash_signer **signer);

/** Read a signer's public key from a PEM file, as `openssl pkey -pubout` writes it.
 *
 *  Returns: PHASH_OK; PHASH_E_KEY when it is no Ed25519 public key (a secret key is refused); PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_signer_read_public(uint8_t public_key[PHASH_SIGNER_KEY_SIZE],
                                                                phash_diag *diag, const uint8_t *pem, size_t size);

/** Give the bytes that signers sign: a domain string, the format and the digest of the set's manifest. */
PHASH_NODISCARD PHASH_API phash_status phash_set_get_message(const phash_set *set,
                                                             uint8_t message[PHASH_SIGNED_MESSAGE_SIZE]);

/** Sign an edition: make the signature of phash_set_get_message's bytes. Secret: signer. */
PHASH_NODISCARD PHASH_API phash_status phash_set_sign(const phash_set *set, uint8_t signature[PHASH_SIGNATURE_SIZE],
                                                      const phash_signer *signer);

/** Write a copy of a set's file that carries one signature more; an earlier one of the same signer is replaced.
 *
 *  The signature is verified first, so one made elsewhere (in a hardware module, say) may be given. The body is handed
 *  to write from the mapping in pieces, and never copied in memory.
 *
 *  In:      write  called with consecutive pieces of the file; what it wrote is worthless unless PHASH_OK comes back
 *  Returns: PHASH_OK; PHASH_E_SIGNATURE; PHASH_E_LIMIT beyond PHASH_SIGNATURES_MAX; PHASH_E_IO when write fails;
 *           PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_write_signed(const phash_set *set, phash_diag *diag,
                                                              const uint8_t public_key[PHASH_SIGNER_KEY_SIZE],
                                                              const uint8_t signature[PHASH_SIGNATURE_SIZE],
                                                              phash_write_fn write, void *write_user,
                                                              const phash_options *options);

/** Name the signer of signature i, in ascending order of public keys. PHASH_E_ARGUMENT past the last. It may be forged:
 *  see phash_set_check_signature. */
PHASH_NODISCARD PHASH_API phash_status phash_set_get_signer(const phash_set *set,
                                                            uint8_t public_key[PHASH_SIGNER_KEY_SIZE], uint32_t i);

/** Verify signature i: that the holder of its key signed this edition. Who that is, and whether to trust them, is the
 *  business of phash_set_check_trust. PHASH_E_SIGNATURE; PHASH_E_ARGUMENT past the last; PHASH_E_NO_MEMORY. */
PHASH_NODISCARD PHASH_API phash_status phash_set_check_signature(const phash_set *set, phash_diag *diag, uint32_t i);

/** An edition that was accepted before: what an app stores for each set, to notice older and forged editions. */
typedef struct phash_set_seen {
    uint64_t sequence;
    uint8_t id[PHASH_SET_ID_SIZE];
    uint8_t digest[PHASH_DIGEST_SIZE];
} phash_set_seen;

/** What is required of a set. */
typedef struct phash_trust {
    size_t struct_size;     /**< sizeof(phash_trust) */
    const uint8_t *signers; /**< signer_count public keys, all different; NULL and 0: signatures are not checked */
    uint32_t signer_count;  /**< at most PHASH_SIGNATURES_MAX */
    uint32_t quorum;        /**< how many of them must have signed; 0: all */
    uint32_t allow_unsigned; /**< not 0: a set without any signature passes; whoever replaces a file can make one */
    uint64_t now;           /**< seconds since 1970 UTC, never 0: a clock that is not set is no reason to trust */
    const phash_set_seen *seen; /**< the last edition accepted of this set; NULL: none */
} phash_trust;

/** How an accepted edition stands to the one seen before. */
typedef enum phash_set_age {
    PHASH_SET_FIRST = 0, /**< none was seen before */
    PHASH_SET_SAME = 1,  /**< the same edition */
    PHASH_SET_NEXT = 2,  /**< the next one, which names the one seen before */
    PHASH_SET_LATER = 3  /**< a later one: editions between them were not seen, so the chain cannot be followed */
} phash_set_age;

/** What phash_set_check_trust found out. */
typedef struct phash_trust_report {
    uint32_t verified;   /**< required signers whose signatures verify */
    phash_set_age age;
    phash_set_seen seen; /**< this edition, to be stored when it is accepted */
} phash_trust_report;

/** Decide whether a set is to be used: signatures, date, and history, in this order. Nothing of the body is read.
 *
 *  Call it before the set is first used, and store report->seen afterwards, but not for a set that passed only because
 *  of allow_unsigned (report->verified is then 0): its sequence number may be anybody's.
 *
 *  Out:     report  may be NULL;  diag  says what is wrong and what to do; may be NULL
 *  Returns: PHASH_OK;
 *           PHASH_E_UNSIGNED   signers are required and the set carries no signature
 *           PHASH_E_SIGNATURE  signers are required, and some signature of the file does not verify, whoever's it is
 *           PHASH_E_SIGNER     it is signed, but by none of the required signers
 *           PHASH_E_QUORUM     it is signed by some of them, but by too few
 *           PHASH_E_EXPIRED    now is past not_after
 *           PHASH_E_ROLLBACK   the edition seen before has a higher sequence number
 *           PHASH_E_FORK       it has the same number and is another edition, or is the next one and does not name it
 *           PHASH_E_ARGUMENT   now is 0, a signer is named twice, quorum is over signer_count, seen is of another set
 *           PHASH_E_NO_MEMORY.
 *  Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_set_check_trust(phash_trust_report *report, phash_diag *diag,
                                                             const phash_set *set, const phash_trust *trust);

#ifdef __cplusplus
}
#endif
#endif
