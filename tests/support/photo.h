/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that hash like photographs, from a seed. */
#ifndef PHASH_TESTS_PHOTO_H
#define PHASH_TESTS_PHOTO_H

#include <stdint.h>

/** Fill width x height RGB pixels (row-major, no padding) with smooth noise of several scales and a few flat shapes.
 *  Integer arithmetic only: equal arguments give equal bytes on every machine. Aborts when memory is short. */
void test_photo_rgb(uint8_t *rgb, uint32_t width, uint32_t height, uint64_t seed);

/** The same as one grey channel. */
void test_photo_grey(uint8_t *grey, uint32_t width, uint32_t height, uint64_t seed);

#endif
