/* SPDX-License-Identifier: Apache-2.0 */
/* What every decoder must bear. Each function fails the test that calls it. */
#ifndef PHASH_TESTS_DAMAGE_SUPPORT_H
#define PHASH_TESTS_DAMAGE_SUPPORT_H

#include "decode_support.h"

/** Decode, alpha dropped or over white, and compare with width * height pixels of 1 or 3 bytes. */
void check_pixels(decode_run *run, const test_file *file, phash_alpha alpha, uint32_t width, uint32_t height,
                  uint32_t channels, const uint8_t *expected, uint32_t tolerance, const char *what);

/** The first `whole` bytes are the picture: every shorter beginning is refused. */
void check_cuts(decode_run *run, const test_file *file, size_t whole, const char *what);

/** Every byte changed in several ways: a documented refusal or a picture, and nothing else. */
void check_flips(decode_run *run, const test_file *file, const char *what);

/** Every allocation through the hooks fails once: PHASH_E_NO_MEMORY, nothing lost. */
void check_allocations(const test_file *file, const char *what);

/** All frames one after another: as many, with the same readings and facts as each has when it is asked for alone; and
 *  every allocation on the way fails once. */
void check_walk(const test_file *file, uint32_t frames, const char *what);

/** Samples over white, as docs/image-input.md says. */
uint8_t over_white(uint32_t sample, uint32_t alpha);

#endif
