/* SPDX-License-Identifier: Apache-2.0 */
/* The generated pictures of tests/data/pdq/plane_vectors.tsv; formulas in tests/data/pdq/README.md. */
#ifndef PHASH_TESTS_PDQ_PLANES_H
#define PHASH_TESTS_PDQ_PLANES_H

#include <stddef.h>
#include <stdint.h>

/** Fill out with width * height * channels bytes of the named picture. Returns channels (1 or 3), or 0 for a
 *  name it does not know. out may be NULL: then only the answer counts. */
int pdq_plane_generate(uint8_t *out, const char *name, uint32_t width, uint32_t height);

/** FNV-1a, 64 bits. */
uint64_t pdq_fnv1a(const void *bytes, size_t size);

#endif
