/* SPDX-License-Identifier: Apache-2.0 */
/** @file private.h
 *  Private matching: the device learns whether its picture is in a blinded set, the evaluator learns nothing about the
 *  picture, not even whether it matched. Part of libphash-private.
 *
 *  Bytes in, bytes out: the caller carries a request to the evaluator and its response back. One round trip a picture;
 *  sizes depend on the set's parameters only. Protocol: docs/protocol.md. What is protected from whom:
 *  docs/threat-model.md.
 */
#ifndef PHASH_PRIVATE_H
#define PHASH_PRIVATE_H

#include <phash/hash.h>
#include <phash/phash.h>
#include <phash/set.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most fingerprints one query can carry: all views of as many readings as a decoded picture can have. */
#define PHASH_READINGS_PER_QUERY (4 * PHASH_VIEWS_MAX)

/** What a query found. */
typedef enum phash_verdict {
    PHASH_VERDICT_NO_MATCH = 0,
    PHASH_VERDICT_MATCH = 1,
    PHASH_VERDICT_INDETERMINATE = 2 /**< could not tell; never to be read as "no match" */
} phash_verdict;

/** One entry of the set within its radius of the picture. */
typedef struct phash_private_match {
    phash_hash hash;     /**< the entry's hash */
    uint32_t distance;   /**< Hamming distance of the nearest reading */
    uint32_t radius;     /**< the entry's radius */
    uint32_t reading;    /**< which of the fingerprints given to phash_query_begin */
    uint32_t source;     /**< index of the source list in the set */
    const char *label;   /**< the entry's label, label_size bytes and then a 0 byte; borrowed from the query */
    size_t label_size;
} phash_private_match;

/** The client side of the exchange for one picture at a time: make one per thread and reuse it. */
typedef struct phash_query phash_query;

/** Make a client for a set. The set must outlive it.
 *
 *  Returns: PHASH_OK; PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_new(phash_query **out, const phash_set *set,
                                                       const phash_options *options);

/** Wipe and free a client and store NULL. */
PHASH_API void phash_query_free(phash_query **query);

/** Size of every request of this client, bytes. Threads: pure. */
PHASH_API size_t phash_query_request_size(const phash_query *query);

/** Size of every successful response to this client, bytes. Threads: pure. */
PHASH_API size_t phash_query_response_size(const phash_query *query);

/** Begin a query: plan which tokens to ask for, blind them and write the request.
 *
 *  Give n = 0 for a picture that could not be read: a request of random tokens is written, so that an observer cannot
 *  tell, and the verdict will be indeterminate. Fingerprints that may not be matched (quality below PHASH_QUALITY_MIN,
 *  PHASH_FINGERPRINT_TOO_SMALL, PHASH_FINGERPRINT_MEANINGLESS) are left out in the same way. A query that was begun
 *  before and not finished is dropped.
 *
 *  The set's budget of tokens is shared by all fingerprints: which view gets how many follows from its id
 *  (docs/protocol.md, "Planning").
 *
 *  Out:  request   phash_query_request_size bytes
 *  In:   size      room in request
 *        readings  n fingerprints of one picture; of several with the same id the likeliest first;
 *                  n <= PHASH_READINGS_PER_QUERY
 *        ids       what each shows, as phash_hasher_views gives it; NULL: each is the picture itself
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT, also for an id that no view has; PHASH_E_BUFFER_TOO_SMALL; PHASH_E_RANDOM;
 *           PHASH_E_NO_MEMORY.
 *  Secret:  readings. The request is safe to show to anyone.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_begin(phash_query *query, uint8_t *request, size_t size,
                                                         const phash_fingerprint *readings, const uint32_t *ids,
                                                         size_t n);

/** Size of the saved state of every query of this client, bytes: depends on the set's budget alone. Threads: pure. */
PHASH_API size_t phash_query_state_size(const phash_query *query);

/** Save a query that was begun, so that another process can finish it: the app may be ended while it waits for the
 *  evaluator. The query itself goes on as if nothing had been saved.
 *
 *  What is saved are secrets: the picture's hashes are among them. Keep the bytes where only the app can read them, and
 *  delete them as soon as they were loaded: a saved query must answer one response only. The library cannot tell when
 *  it is loaded twice.
 *  Source: docs/protocol.md, "Saved queries".
 *
 *  Out:  state  phash_query_state_size bytes
 *  In:   size   room in state
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE when no query was begun; PHASH_E_BUFFER_TOO_SMALL;
 *           PHASH_E_NO_MEMORY. On error state is untouched or wiped.
 *  Secret:  state.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_save(const phash_query *query, uint8_t *state, size_t size);

/** Take up a saved query where it was: phash_query_finish comes next, with the response to the request that was written
 *  before. A query that was begun before is dropped, also when this fails.
 *
 *  Out:  diag   says why a state is refused; may be NULL
 *  In:   state  size bytes from phash_query_save, of the same edition of the same set
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_MAGIC; PHASH_E_VERSION; PHASH_E_KEY when it was saved for another set,
 *           edition or key; PHASH_E_TRUNCATED or PHASH_E_RECORD when the length does not fit; PHASH_E_CHECKSUM for
 *           damage; PHASH_E_NO_MEMORY.
 *  Secret:  state.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_load(phash_query *query, phash_diag *diag, const uint8_t *state,
                                                        size_t size);

/** Finish a query with the evaluator's response: verify its proof, look the tokens up, check exact distances.
 *
 *  Out:  verdict  always stored, also on failure (PHASH_VERDICT_INDETERMINATE then)
 *        diag     says why on failure; may be NULL
 *  In:   response size bytes, untrusted; the query is over afterwards, whatever came
 *  Returns: PHASH_OK; PHASH_E_STATE when no query was begun; PHASH_E_MESSAGE; PHASH_E_REFUSED when the evaluator
 *           answered with an error; PHASH_E_KEY; PHASH_E_POINT_INVALID; PHASH_E_PROOF_INVALID; PHASH_E_CHECKSUM and
 *           others of phash_set_open for a damaged set; PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_finish(phash_query *query, phash_verdict *verdict, phash_diag *diag,
                                                          const uint8_t *response, size_t size);

/** Count the matches of the finished query. Threads: pure. */
PHASH_API size_t phash_query_match_count(const phash_query *query);

/** Give match i, nearest first. The pointers in it live until the next call that takes a non-const query.
 *
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT past the last.
 */
PHASH_NODISCARD PHASH_API phash_status phash_query_get_match(const phash_query *query, phash_private_match *match,
                                                             size_t i);

/** One token to ask for: a value of a band (docs/protocol.md, "Tokens"). Secret. */
typedef struct phash_probe {
    uint64_t value;
    uint32_t band;
} phash_probe;

/** Chooses the tokens of queries. phash_query_begin has one of its own; this is for measuring what a budget finds, and
 *  for finding faults, without the exchange: an entry is opened when one of the probes is a band of its hash. */
typedef struct phash_planner phash_planner;

/** Make a planner.
 *
 *  In:      bands   of the set: 6, 7 or 8;  budget  1..PHASH_BUDGET_MAX
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD PHASH_API phash_status phash_planner_new(phash_planner **out, uint32_t bands, uint32_t budget,
                                                         const phash_options *options);

/** Wipe and free a planner and store NULL. */
PHASH_API void phash_planner_free(phash_planner **planner);

/** Plan a query: the probes that phash_query_begin would ask for, in the same order.
 *
 *  Out:  probes    room for the budget; all distinct
 *        n_probes  how many: the budget, but 0 when no fingerprint may be matched
 *  In:   readings, ids, n  as phash_query_begin
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.
 *  Memory:  allocates nothing.
 *  Secret:  readings and probes: a probe says what the picture looks like. The time taken depends on them.
 */
PHASH_NODISCARD PHASH_API phash_status phash_planner_run(phash_planner *planner, phash_probe *probes,
                                                         uint32_t *n_probes, const phash_fingerprint *readings,
                                                         const uint32_t *ids, size_t n);

/** Give the band values of a hash: what probes are compared with.
 *
 *  Out: values  bands of them.   Returns: PHASH_OK; PHASH_E_ARGUMENT.   Secret: hash and values. Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_hash_bands(uint64_t *values, const phash_hash *hash, uint32_t bands);

/** The evaluator: answers requests under one key, keeps nothing about them. One per thread. */
typedef struct phash_evaluator phash_evaluator;

/** Make an evaluator. The key is copied and wiped with the handle.
 *
 *  In: max_tokens  most tokens of one request; 0 means PHASH_BUDGET_MAX
 */
PHASH_NODISCARD PHASH_API phash_status phash_evaluator_new(phash_evaluator **out, const phash_key *key,
                                                           uint32_t max_tokens, const phash_options *options);

/** Wipe and free an evaluator and store NULL. */
PHASH_API void phash_evaluator_free(phash_evaluator **evaluator);

/** Bytes of response room that are enough for any request to this evaluator. Threads: pure. */
PHASH_API size_t phash_evaluator_response_max(const phash_evaluator *evaluator);

/** Answer a request.
 *
 *  A bad request is answered too, by an error message that says which rule failed; the status then says it to the
 *  operator. Send the response in either case.
 *
 *  Out:  response  at most size bytes;  written  its length, 0 only when nothing can be sent
 *        tokens    evaluated tokens, for metering; may be NULL
 *        diag      may be NULL
 *  In:   request   request_size bytes, untrusted
 *  Returns: PHASH_OK; PHASH_E_MESSAGE; PHASH_E_VERSION; PHASH_E_KEY; PHASH_E_LIMIT; PHASH_E_POINT_INVALID;
 *           PHASH_E_BUFFER_TOO_SMALL; PHASH_E_RANDOM; PHASH_E_NO_MEMORY.
 *  Secret:  the key; time does not depend on it.
 */
PHASH_NODISCARD PHASH_API phash_status phash_evaluator_answer(phash_evaluator *evaluator, uint8_t *response,
                                                              size_t size, size_t *written, uint32_t *tokens,
                                                              phash_diag *diag, const uint8_t *request,
                                                              size_t request_size);

#ifdef __cplusplus
}
#endif
#endif
