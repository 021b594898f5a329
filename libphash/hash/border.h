/* SPDX-License-Identifier: Apache-2.0 */
/* Uniform borders: frames, letterboxes, plain caption bars (docs/pdq.md, "Views"). */
#ifndef PHASH_HASH_BORDER_H
#define PHASH_HASH_BORDER_H

#include <stdbool.h>

#include "hash/plane.h"

/** Find the part of an unfiltered plane that is inside borders of one grey each, of up to a quarter of the side.
 *
 *  inner borrows the samples of plane. Returns whether there is a border; without one inner is the whole plane.
 *  Sides of inner are at least half of those of plane. */
bool phash_border_find(phash_plane *inner, const phash_plane *plane);

#endif
