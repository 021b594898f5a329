/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_boxes.h"

#include "util/bytes.h"

#include <stdbool.h>
#include <string.h>

typedef struct box {
    char type[5];
    phash_reader body;
} box;

/* What is known of the turn so far. */
typedef struct turn {
    uint32_t angle;  /* quarters, anticlockwise */
    uint32_t mirror; /* 0: none, 1: up and down change places, 2: left and right */
} turn;

/* False when there is no whole box any more. */
static bool next_box(phash_reader *in, box *b)
{
    uint64_t size = phash_read_u32be(in);
    const uint8_t *type = phash_read_bytes(in, 4);
    uint64_t header = 8;

    if (type == NULL)
        return false;
    memcpy(b->type, type, 4);
    b->type[4] = '\0';
    if (size == 1) {
        size = (uint64_t)phash_read_u32be(in) << 32;
        size |= phash_read_u32be(in);
        header = 16;
    } else if (size == 0) { /* to the end */
        size = header + phash_reader_left(in);
    }
    if (size < header || size - header > phash_reader_left(in))
        return false;
    const uint8_t *body = phash_read_bytes(in, (size_t)(size - header));
    b->body = phash_reader_init(body, (size_t)(size - header));
    return body != NULL;
}

static bool find(phash_reader in, const char *type, phash_reader *body)
{
    box b;

    while (phash_reader_left(&in) != 0 && next_box(&in, &b))
        if (strcmp(b.type, type) == 0) {
            *body = b.body;
            return true;
        }
    return false;
}

static uint32_t primary_item(phash_reader meta)
{
    phash_reader pitm;

    if (!find(meta, "pitm", &pitm))
        return 0;
    const uint32_t version = phash_read_u32be(&pitm) >> 24;
    return version == 0 ? phash_read_u16be(&pitm) : phash_read_u32be(&pitm);
}

/* Properties are numbered from 1. */
static void take_property(phash_reader ipco, uint32_t number, turn *t)
{
    box b;

    while (number > 1 && next_box(&ipco, &b))
        number--;
    if (number != 1 || !next_box(&ipco, &b))
        return;
    const uint32_t value = phash_read_u8(&b.body);
    if (b.body.failed)
        return;
    if (strcmp(b.type, "irot") == 0) {
        t->angle = (t->angle + (t->mirror != 0 ? 4 - (value & 3) : value & 3)) & 3;
    } else if (strcmp(b.type, "imir") == 0) {
        t->mirror = 1 + (value & 1);
    }
}

/* Of each item the numbers of its properties, in the order in which they apply. */
static void take_associations(phash_reader ipma, phash_reader ipco, uint32_t item, turn *t)
{
    const uint32_t head = phash_read_u32be(&ipma);
    const uint32_t items = phash_read_u32be(&ipma);

    for (uint32_t i = 0; i < items && !ipma.failed; i++) {
        const uint32_t id = head >> 24 == 0 ? phash_read_u16be(&ipma) : phash_read_u32be(&ipma);
        const uint32_t n = phash_read_u8(&ipma);
        for (uint32_t k = 0; k < n && !ipma.failed; k++) {
            const uint32_t wide = head & 1;
            const uint32_t number = wide ? phash_read_u16be(&ipma) & 0x7fff : phash_read_u8(&ipma) & 0x7fu;
            if (id == item && !ipma.failed)
                take_property(ipco, number, t);
        }
    }
}

uint32_t phash_heif_orientation(const uint8_t *file, size_t size)
{
    static const uint8_t exif[4][3] = {{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}; /* by turn.angle and .mirror */
    phash_reader meta, iprp, ipco;
    turn t = {0, 0};
    box b;

    if (!find(phash_reader_init(file, size), "meta", &meta))
        return 1;
    (void)phash_read_u32be(&meta); /* version and flags */
    const uint32_t item = primary_item(meta);
    if (!find(meta, "iprp", &iprp) || !find(iprp, "ipco", &ipco))
        return 1;
    while (phash_reader_left(&iprp) != 0 && next_box(&iprp, &b))
        if (strcmp(b.type, "ipma") == 0)
            take_associations(b.body, ipco, item, &t);
    return exif[t.angle][t.mirror];
}
