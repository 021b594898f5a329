/* SPDX-License-Identifier: Apache-2.0 */
/** @file match.h
 *  Plain matching: is this picture near an entry of these lists?
 *
 *  A picture may be asked about through several hashes at once, its *readings*: as shown and as stored, its
 *  eight orientations, views of likely edits (phash_hasher_views). An entry counts once, by the reading that comes
 *  nearest.
 *
 *  Who has the pixels asks with phash_matcher_find_prints, which never matches a fingerprint that says nothing
 *  (phash_fingerprint_is_usable). phash_matcher_find is for hashes that came without their pictures: it looks at all
 *  it is given.
 */
#ifndef PHASH_MATCH_H
#define PHASH_MATCH_H

#include <phash/hash.h>
#include <phash/list.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Lists made ready for matching. Immutable: threads may share it. */
typedef struct phash_matcher phash_matcher;

/** A list entry within its source's radius of some reading. */
typedef struct phash_match {
    uint32_t entry;    /**< index for phash_list_get_entry */
    uint32_t distance; /**< bits that differ, 0..PHASH_RADIUS_MAX, by the best reading */
    uint32_t source;   /**< index for phash_list_source_name */
    uint32_t reading;  /**< index of the best reading; of equally good ones the first */
} phash_match;

/** Make a matcher.
 *
 *  Out:  out      free with phash_matcher_free
 *  In:   list     borrowed: it must outlive the matcher and must not change meanwhile; the hashes are copied, the
 *                 labels are not. May be empty.
 *        radii    n_radii radii in bits, one per source of the list, each 0..PHASH_RADIUS_MAX; NULL (n_radii 0)
 *                 means PHASH_RADIUS_DEFAULT for all
 *        options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT, also when n_radii is not the number of sources; PHASH_E_STATE while a
 *           source is open, for such a list is not complete; PHASH_E_NO_MEMORY; PHASH_E_LIMIT.
 */
PHASH_NODISCARD PHASH_API phash_status phash_matcher_new(phash_matcher **out, const phash_list *list,
                                                         const uint32_t *radii, size_t n_radii,
                                                         const phash_options *options);

/** Free a matcher and store NULL. The list stays. */
PHASH_API void phash_matcher_free(phash_matcher **matcher);

/** Give the list a matcher was made from; NULL for NULL. Threads: pure. */
PHASH_API const phash_list *phash_matcher_list(const phash_matcher *matcher);

/** Find every list entry that is near one of the readings of a picture.
 *
 *  Sorted by distance, then source, then line. Near-duplicate entries and equal hashes in several lists are all
 *  given. There is no bound on how many there can be, so give room for the usual few: when there are more than
 *  capacity, the first capacity of that order are given and *n_found says how much room all would need.
 *
 *  Out:  matches   capacity elements; may be NULL when capacity is 0, to count only
 *        n_found   entries found, however many were stored; 0 is the result "no match"
 *  In:   readings  n_readings hashes; may be NULL when n_readings is 0
 *  Returns: PHASH_OK; PHASH_E_BUFFER_TOO_SMALL when *n_found exceeds capacity (matches and n_found are stored all
 *           the same); PHASH_E_ARGUMENT.
 *  Memory:  allocates nothing.
 *  Threads: matcher may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_matcher_find(const phash_matcher *matcher, phash_match *matches,
                                                          size_t capacity, size_t *n_found,
                                                          const phash_hash *readings, size_t n_readings);

/** Tell whether a fingerprint may be matched: 1, or 0 when its quality is below PHASH_QUALITY_MIN or it carries
 *  PHASH_FINGERPRINT_TOO_SMALL or PHASH_FINGERPRINT_MEANINGLESS. Its bits are chance then: a match would mean nothing,
 *  and so would its absence. NULL gives 0. Threads: pure. */
PHASH_API int phash_fingerprint_is_usable(const phash_fingerprint *print);

/** Find every list entry that is near one of the fingerprints of a picture, leaving out those that may not be matched.
 *
 *  Otherwise as phash_matcher_find; phash_match.reading counts all prints that were given.
 *
 *  Out:  n_asked   prints that were asked about; when it is 0, nothing was looked up, and "no match" must be
 *                  reported as "could not tell"
 *        others    as phash_matcher_find
 *  In:   prints    n_prints fingerprints of one picture, likeliest first; may be NULL when n_prints is 0
 *  Returns, memory, threads: as phash_matcher_find.
 */
PHASH_NODISCARD PHASH_API phash_status phash_matcher_find_prints(const phash_matcher *matcher, phash_match *matches,
                                                                 size_t capacity, size_t *n_found, size_t *n_asked,
                                                                 const phash_fingerprint *prints, size_t n_prints);

#ifdef __cplusplus
}
#endif
#endif
