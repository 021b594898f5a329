/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and searching hostile saved indexes. The checksums are mended first, else hardly any mutation would get past
 * them; who writes a file can do the same. What is found must be true, and nothing outside the file may be read. */
#include "support/guard.h"
#include "support/index_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define HITS 64

static void use(phash_index *index)
{
    static const uint32_t radii[] = {0, 7, 31, 63};
    const uint32_t n = (uint32_t)phash_index_count(index);
    phash_index_hit hits[HITS];
    phash_index_info info;
    size_t n_found;

    CHECK(phash_index_get_info(index, &info) == PHASH_OK && info.entries == n);
    index_force_tables(index);
    for (uint32_t q = 0; q < 3 && n != 0; q++) {
        phash_hash query = *phash_index_hash(index, q * (n / 3));
        query.bytes[q] ^= 5;
        for (size_t r = 0; r < sizeof radii / sizeof *radii; r++) {
            phash_status st = phash_index_range(index, hits, HITS, &n_found, &query, radii[r]);
            CHECK(st == PHASH_OK || st == PHASH_E_BUFFER_TOO_SMALL);
            for (size_t i = 0; i < n_found && i < HITS; i++)
                CHECK(hits[i].id < n && hits[i].distance <= radii[r] &&
                      phash_hash_distance(phash_index_hash(index, hits[i].id), &query) == hits[i].distance);
        }
        CHECK(phash_index_nearest(index, hits, &query) == PHASH_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    phash_index *index = NULL;
    phash_diag diag = {""};
    const size_t cut = size / 4 * 4; /* so that what ends at an unmapped page begins at a multiple of 4 */
    guard_buffer b = guard_new(cut);

    if (cut != 0)
        memcpy(b.data, data, cut);
    index_bytes_mend(b.data, cut);
    if (phash_index_open_memory(&index, &diag, b.data, cut, 0, NULL) == PHASH_OK)
        use(index);
    else
        CHECK(index == NULL && diag.text[0] != '\0');
    phash_index_free(&index);
    guard_free(&b);
    return 0;
}
