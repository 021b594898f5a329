/* SPDX-License-Identifier: Apache-2.0 */
/* A segment as a file: header, body and checksums (docs/formats/index.md). */
#ifndef PHASH_INDEX_SEGMENT_FILE_H
#define PHASH_INDEX_SEGMENT_FILE_H

#include "index/segment.h"

#define PHASH_SEGMENT_FORMAT 0u
#define PHASH_SEGMENT_PIECE 65536u /* bytes that a checksum stands for */

/** How many checksums stand for the bytes between the header and the offset `checks`. */
static inline uint64_t phash_segment_check_count(uint64_t checks)
{
    return (checks - PHASH_SEGMENT_HEADER + PHASH_SEGMENT_PIECE - 1) / PHASH_SEGMENT_PIECE;
}

/** Write a segment; NULL stands for one without hashes. PHASH_E_IO. */
PHASH_NODISCARD phash_status phash_segment_write(const phash_segment *segment, uint32_t radius,
                                                 phash_index_write_fn write, void *user);

/** Read a header, compare sizes and, if check is set, all checksums; then point the segment into bytes. The statuses
 *  of phash_index_open. */
PHASH_NODISCARD phash_status phash_segment_read(phash_segment *segment, phash_diag *diag, const uint8_t *bytes,
                                                size_t size, bool check);

#endif
