/* SPDX-License-Identifier: Apache-2.0 */
/* A file mapped for reading. */
#ifndef PHASH_UTIL_MAP_FILE_H
#define PHASH_UTIL_MAP_FILE_H

#include <phash/phash.h>

typedef struct phash_mapping {
    const uint8_t *bytes; /* NULL when nothing is mapped */
    size_t size;
} phash_mapping;

/** Map a regular file read-only. PHASH_E_IO with the system's reason in diag; PHASH_E_EMPTY for a file without
 *  bytes. */
PHASH_NODISCARD phash_status phash_map_file(phash_mapping *out, phash_diag *diag, const char *path);

/** Unmap; nothing happens when nothing is mapped. */
void phash_unmap_file(phash_mapping *mapping);

#endif
