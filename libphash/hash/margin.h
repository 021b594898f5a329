/* SPDX-License-Identifier: Apache-2.0 */
/* What a picture might show beyond its edges: margins that extended views look at (docs/pdq.md, "Views"). */
#ifndef PHASH_HASH_MARGIN_H
#define PHASH_HASH_MARGIN_H

#include <stdbool.h>

#include "hash/plane.h"

#define PHASH_MARGIN_LINES 13u      /* rows or columns beyond each edge */
#define PHASH_MARGIN_PER_SIDE 125u  /* that many of them would be as wide as the picture, so 13 reach 10.4 % beyond */

_Static_assert(2 * PHASH_MARGIN_LINES <= PHASH_MARGIN_ROOM && 2 * PHASH_MARGIN_LINES <= PHASH_MARGINS_ROWS,
               "a plane has room for two margins each way");

/** Whether planes of this size can have margins; for others the outermost samples are repeated. */
static inline bool phash_margin_fits(size_t rows, size_t cols)
{
    return rows <= PHASH_SAMPLED_SIDE && cols <= PHASH_SAMPLED_SIDE;
}

/** Fill the margins of a plane with PHASH_MARGIN_ROOM floats free after each row and room for 2 * PHASH_MARGIN_LINES
 *  rows after the last. Row `rows + t` then is what to expect (t + 0.5) / PHASH_MARGIN_PER_SIDE of the height above the
 *  first row, row `rows + PHASH_MARGIN_LINES + t` the same below the last; columns likewise, left and right. */
void phash_margin_fill(const phash_plane *plane);

/** Row or column to look at for a place outside: `beyond` / `whole` of the side before the first sample (or after the
 *  last) of n. Needs margins to be filled if has_margins, else gives the outermost sample. */
static inline uint32_t phash_margin_index(bool after, int64_t beyond, int64_t whole, size_t n, bool has_margins)
{
    const int64_t line = beyond * (int64_t)PHASH_MARGIN_PER_SIDE / whole;
    const int64_t last = (int64_t)PHASH_MARGIN_LINES - 1;

    if (!has_margins)
        return after ? (uint32_t)n - 1 : 0;
    return (uint32_t)(n + (after ? PHASH_MARGIN_LINES : 0) + (size_t)(line < last ? line : last));
}

#endif
