/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes of a HEIF file: which items it holds, what is said of them, and where their bytes are. Hostile input:
 * every bound is checked, no loop is longer than the file is, and nothing that refers to something is followed more
 * than once. Nothing is allocated but by phash_heif_data.
 * Source: ISO/IEC 14496-12, s. 4.2 and 8.11; ISO/IEC 23008-12, s. 6 and 9.3; ISO/IEC 14496-15, s. 8.3.3. */
#ifndef PHASH_IMAGE_HEIF_BOXES_H
#define PHASH_IMAGE_HEIF_BOXES_H

#include "util/bytes.h"
#include "util/diag.h"
#include "util/mem.h"

/** The boxes that say something of items. Those that are missing have no bytes. All is borrowed from the file. */
typedef struct phash_heif {
    phash_reader file;
    phash_reader meta; /* the boxes in it */
    phash_reader iinf, iloc, iref, idat, iprp, ipco;
    uint32_t primary; /* the item that is to be shown */
    phash_diag *diag;
} phash_heif;

typedef struct phash_heif_item {
    uint32_t id;
    char type[5];
    uint32_t width; /* as coded; 0 when it is not said */
    uint32_t height;
    uint32_t orientation; /* EXIF, 1..8: irot and imir together */
    phash_reader hvcc;    /* without bytes when there is none */
    phash_reader clap;
    bool clap_is_late;    /* it comes after a turn */
    bool is_alpha;        /* an auxiliary picture that says so */
    bool has_colours;     /* the next two are given */
    uint32_t matrix;      /* ISO/IEC 23091-2, s. 8.3 */
    bool full_range;
} phash_heif_item;

/** The bytes of an item. */
typedef struct phash_heif_bytes {
    const uint8_t *data;
    size_t size;
    uint8_t *owned; /* NULL when they lie in the file in one piece */
} phash_heif_bytes;

/** Identifiers that an item refers to, of two or four bytes. */
typedef struct phash_heif_references {
    phash_reader ids;
    uint32_t count;
    bool wide;
} phash_heif_references;

/** Find the boxes and the primary item in size bytes. Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED;
 *  PHASH_E_UNSUPPORTED when there is no still picture. */
PHASH_NODISCARD phash_status phash_heif_open(phash_heif *out, phash_diag *diag, const uint8_t *file, size_t size);

/** What is said of an item. Returns: PHASH_OK; PHASH_E_MALFORMED; PHASH_E_UNSUPPORTED when it is encrypted. */
PHASH_NODISCARD phash_status phash_heif_item_of(phash_heif_item *out, const phash_heif *h, uint32_t id);

/** The bytes of an item, in one piece. Free with phash_heif_forget.
 *  Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED; PHASH_E_UNSUPPORTED; PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_heif_data(phash_heif_bytes *out, const phash_heif *h,
                                             const phash_allocator *allocator, uint32_t id);
/** Free what phash_heif_data gave; nothing is fine. */
void phash_heif_forget(phash_heif_bytes *bytes, const phash_allocator *allocator);

/** The items that one refers to. False when it does not. */
bool phash_heif_find_references(phash_heif_references *out, const phash_heif *h, const char *type, uint32_t from);
/** Take the next identifier; 0 when there is none. */
uint32_t phash_heif_next_reference(phash_heif_references *r);

/** The auxiliary picture that holds the alpha of an item; 0 when there is none. */
uint32_t phash_heif_alpha_of(const phash_heif *h, uint32_t id);

#endif
