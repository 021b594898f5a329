/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_boxes.h"

#include <string.h>

/* How many auxiliary pictures are looked at in search of the alpha. */
#define AUXILIARIES_MAX 64

typedef struct box {
    char type[5];
    phash_reader body;
} box;

/* False when there is no whole box any more. */
static bool next_box(phash_reader *in, box *b)
{
    uint64_t size = phash_read_u32be(in);
    uint64_t header = 8;

    phash_read_copy(in, b->type, 4);
    b->type[4] = '\0';
    if (size == 1) {
        size = (uint64_t)phash_read_u32be(in) << 32;
        size |= phash_read_u32be(in);
        header = 16;
    } else if (size == 0) { /* to the end */
        size = header + phash_reader_left(in);
    }
    if (in->failed || size < header || size - header > phash_reader_left(in)) {
        in->failed = true;
        return false;
    }
    const uint8_t *body = phash_read_bytes(in, (size_t)(size - header));
    b->body = phash_reader_init(body, (size_t)(size - header));
    return true;
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

static phash_status find_meta(phash_heif *h)
{
    phash_reader in = h->file;
    box b;

    while (phash_reader_left(&in) != 0 && next_box(&in, &b))
        if (strcmp(b.type, "meta") == 0) {
            (void)phash_read_u32be(&b.body); /* version and flags */
            h->meta = phash_reader_init(b.body.data + b.body.at, phash_reader_left(&b.body));
            return PHASH_OK;
        }
    if (in.failed)
        return phash_fail(h->diag, PHASH_E_TRUNCATED, "HEIF: the file ends before its boxes do");
    return phash_fail(h->diag, PHASH_E_UNSUPPORTED, "HEIF: there is no still picture in the file");
}

phash_status phash_heif_open(phash_heif *out, phash_diag *diag, const uint8_t *file, size_t size)
{
    phash_heif h = {.file = phash_reader_init(file, size), .diag = diag};
    phash_reader pitm;
    const phash_status st = find_meta(&h);

    if (st != PHASH_OK)
        return st;
    (void)find(h.meta, "idat", &h.idat);
    (void)find(h.meta, "iref", &h.iref);
    if (!find(h.meta, "pitm", &pitm) || !find(h.meta, "iinf", &h.iinf) || !find(h.meta, "iloc", &h.iloc) ||
        !find(h.meta, "iprp", &h.iprp) || !find(h.iprp, "ipco", &h.ipco))
        return phash_fail(diag, PHASH_E_MALFORMED, "HEIF: the box of a property, a place or an item is missing");
    const uint32_t version = phash_read_u32be(&pitm) >> 24;
    h.primary = version == 0 ? phash_read_u16be(&pitm) : phash_read_u32be(&pitm);
    if (pitm.failed)
        return phash_fail(diag, PHASH_E_MALFORMED, "HEIF: it is not said which picture is to be shown");
    *out = h;
    return PHASH_OK;
}

/* Items are listed in no order. */
static phash_status find_type(phash_heif_item *item, const phash_heif *h)
{
    phash_reader in = h->iinf;
    box b;

    if (phash_read_u32be(&in) >> 24 == 0)
        (void)phash_read_u16be(&in); /* how many */
    else
        (void)phash_read_u32be(&in);
    while (phash_reader_left(&in) != 0 && next_box(&in, &b)) {
        const uint32_t version = phash_read_u32be(&b.body) >> 24;
        const uint32_t id = version == 2 ? phash_read_u16be(&b.body) : phash_read_u32be(&b.body);
        const uint32_t protection = phash_read_u16be(&b.body);
        phash_read_copy(&b.body, item->type, 4);
        if (b.body.failed || version < 2 || strcmp(b.type, "infe") != 0 || id != item->id)
            continue;
        if (protection != 0)
            return phash_fail(h->diag, PHASH_E_UNSUPPORTED, "HEIF: the picture is encrypted");
        return PHASH_OK;
    }
    return phash_fail(h->diag, PHASH_E_MALFORMED, "HEIF: a picture that is referred to is not there");
}

/* What is known of the turn so far: first the angle, then the mirror. */
typedef struct turn {
    uint32_t angle;  /* quarters, anticlockwise */
    uint32_t mirror; /* 0: none, 1: up and down change places, 2: left and right */
} turn;

static void add_rotation(turn *t, uint32_t angle)
{
    t->angle = (t->angle + (t->mirror != 0 ? 4 - angle : angle)) & 3;
}

static void add_mirror(turn *t, uint32_t mirror)
{
    if (t->mirror != 0 && t->mirror != mirror) /* both together are half a turn */
        t->angle = (t->angle + 2) & 3;
    t->mirror = t->mirror != 0 ? 0 : mirror;
}

static bool is_alpha(phash_reader auxc)
{
    static const char *const names[] = {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
                                        "urn:mpeg:hevc:2015:auxid:1"};

    (void)phash_read_u32be(&auxc);
    const size_t left = phash_reader_left(&auxc);
    const uint8_t *name = phash_read_bytes(&auxc, left);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (left > strlen(names[i]) && memcmp(name, names[i], strlen(names[i]) + 1) == 0)
            return true;
    return false;
}

static void take_colours(phash_heif_item *item, phash_reader colr)
{
    char type[5] = "";

    phash_read_copy(&colr, type, 4);
    if (strcmp(type, "nclx") != 0)
        return;
    (void)phash_read_u32be(&colr); /* primaries and transfer */
    item->matrix = phash_read_u16be(&colr);
    item->full_range = phash_read_u8(&colr) >> 7 != 0;
    item->has_colours = !colr.failed;
}

static void take_property(phash_heif_item *item, turn *t, const box *property)
{
    phash_reader body = property->body;
    const char *type = property->type;

    if (strcmp(type, "ispe") == 0) {
        (void)phash_read_u32be(&body);
        item->width = phash_read_u32be(&body);
        item->height = phash_read_u32be(&body);
    } else if (strcmp(type, "irot") == 0) {
        add_rotation(t, phash_read_u8(&body) & 3);
    } else if (strcmp(type, "imir") == 0) {
        const uint32_t axis = phash_read_u8(&body) & 1;
        if (!body.failed)
            add_mirror(t, 1 + axis);
    } else if (strcmp(type, "hvcC") == 0) {
        item->hvcc = body;
    } else if (strcmp(type, "clap") == 0) {
        item->clap = body;
        item->clap_is_late = t->angle != 0 || t->mirror != 0;
    } else if (strcmp(type, "auxC") == 0) {
        item->is_alpha = is_alpha(body);
    } else if (strcmp(type, "colr") == 0) {
        take_colours(item, body);
    }
}

/* Properties are numbered from 1. */
static void take_numbered(phash_heif_item *item, turn *t, phash_reader ipco, uint32_t number)
{
    box b;

    while (number > 0 && phash_reader_left(&ipco) != 0 && next_box(&ipco, &b))
        if (--number == 0)
            take_property(item, t, &b);
}

/* The numbers of an item's properties, in the order in which they apply. An item is listed once. */
static bool take_associations(phash_heif_item *item, turn *t, const phash_heif *h, phash_reader ipma)
{
    const uint32_t head = phash_read_u32be(&ipma);
    const uint32_t items = phash_read_u32be(&ipma);
    const bool wide = (head & 1) != 0;

    for (uint32_t i = 0; i < items && !ipma.failed; i++) {
        const uint32_t id = head >> 24 == 0 ? phash_read_u16be(&ipma) : phash_read_u32be(&ipma);
        const uint32_t n = phash_read_u8(&ipma);
        const uint32_t size = wide ? 2 : 1;
        const uint8_t *numbers = phash_read_bytes(&ipma, (size_t)n * size);
        for (uint32_t k = 0; numbers != NULL && id == item->id && k < n; k++)
            take_numbered(item, t, h->ipco, wide ? (numbers[2 * k] & 0x7fu) << 8 | numbers[2 * k + 1]
                                                 : numbers[k] & 0x7fu);
        if (numbers != NULL && id == item->id)
            return true;
    }
    return false;
}

phash_status phash_heif_item_of(phash_heif_item *out, const phash_heif *h, uint32_t id)
{
    static const uint8_t exif[4][3] = {{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}; /* by turn.angle and .mirror */
    phash_heif_item item = {.id = id};
    phash_reader in = h->iprp;
    turn t = {0, 0};
    box b;
    const phash_status st = find_type(&item, h);

    if (st != PHASH_OK)
        return st;
    while (phash_reader_left(&in) != 0 && next_box(&in, &b))
        if (strcmp(b.type, "ipma") == 0 && take_associations(&item, &t, h, b.body))
            break;
    item.orientation = exif[t.angle][t.mirror];
    *out = item;
    return PHASH_OK;
}

/* An integer of 0, 4 or 8 bytes. */
static uint64_t read_sized(phash_reader *in, uint32_t size)
{
    uint64_t value = 0;

    if (size == 8)
        value = (uint64_t)phash_read_u32be(in) << 32;
    return size != 0 ? value | phash_read_u32be(in) : 0;
}

/* The place of one item: iloc's entry behind its identifier. */
typedef struct place {
    uint32_t index_size, offset_size, length_size, base_size;
    uint32_t version;
    uint32_t method; /* 0: in the file, 1: in idat */
    uint32_t count;  /* of extents */
    uint64_t base;
    phash_reader extents;
} place;

static void read_place(place *p, phash_reader *in)
{
    p->method = p->version != 0 ? phash_read_u16be(in) & 15u : 0;
    if (phash_read_u16be(in) != 0) /* another file */
        p->method = 15;
    p->base = read_sized(in, p->base_size);
    p->count = phash_read_u16be(in);
    const size_t size = (size_t)p->count * (p->index_size + p->offset_size + p->length_size);
    const uint8_t *extents = phash_read_bytes(in, size);
    p->extents = phash_reader_init(extents, extents != NULL ? size : 0);
}

static bool size_is_known(uint32_t size)
{
    return size == 0 || size == 4 || size == 8;
}

static bool find_place(place *out, const phash_heif *h, uint32_t id)
{
    phash_reader in = h->iloc;
    place p = {.version = phash_read_u32be(&in) >> 24};
    const uint32_t sizes = phash_read_u16be(&in);
    const uint32_t items = p.version < 2 ? phash_read_u16be(&in) : phash_read_u32be(&in);

    p.offset_size = sizes >> 12;
    p.length_size = sizes >> 8 & 15;
    p.base_size = sizes >> 4 & 15;
    p.index_size = p.version != 0 ? sizes & 15 : 0;
    if (p.version > 2 || !size_is_known(p.offset_size) || !size_is_known(p.length_size) ||
        !size_is_known(p.base_size) || !size_is_known(p.index_size))
        return false;
    for (uint32_t i = 0; i < items && !in.failed; i++) {
        const uint32_t here = p.version < 2 ? phash_read_u16be(&in) : phash_read_u32be(&in);
        read_place(&p, &in);
        if (here == id && !in.failed) {
            *out = p;
            return true;
        }
    }
    return false;
}

/* NULL when the extent begins or ends outside of where it lies, which may be nowhere. A length of 0 means all of it. */
static const uint8_t *next_extent(place *p, const phash_reader *whole, size_t *size)
{
    (void)read_sized(&p->extents, p->index_size);
    const uint64_t offset = read_sized(&p->extents, p->offset_size);
    const uint64_t length = read_sized(&p->extents, p->length_size);

    if (p->base > whole->size || offset >= whole->size - p->base)
        return NULL;
    const uint64_t start = p->base + offset;
    if (length > whole->size - start)
        return NULL;
    *size = (size_t)(length != 0 ? length : whole->size - start);
    return whole->data + start;
}

/* All extents together may not be larger than what they lie in: they would overlap. */
static phash_status measure(phash_heif_bytes *out, const phash_heif *h, place p, const phash_reader *whole)
{
    size_t size = 0;

    for (uint32_t i = 0; i < p.count; i++) {
        out->data = next_extent(&p, whole, &size);
        if (out->data == NULL)
            return phash_fail(h->diag, PHASH_E_TRUNCATED, "HEIF: a coded picture ends beyond the end of the file");
        if (size > whole->size - out->size)
            return phash_fail(h->diag, PHASH_E_MALFORMED, "HEIF: the pieces of a picture overlap");
        out->size += size;
    }
    return PHASH_OK;
}

/* There is room for what was measured. */
static void join(uint8_t *out, place p, const phash_reader *whole)
{
    size_t size = 0;

    for (uint32_t i = 0; i < p.count; i++, out += size) {
        const uint8_t *piece = next_extent(&p, whole, &size);
        memcpy(out, piece, size);
    }
}

phash_status phash_heif_data(phash_heif_bytes *out, const phash_heif *h, const phash_allocator *allocator, uint32_t id)
{
    phash_heif_bytes bytes = {NULL, 0, NULL};
    place p;

    if (!find_place(&p, h, id) || p.count == 0)
        return phash_fail(h->diag, PHASH_E_MALFORMED, "HEIF: it is not said where a picture is");
    if (p.method > 1)
        return phash_fail(h->diag, PHASH_E_UNSUPPORTED, "HEIF: a picture lies in another file or in another item");
    const phash_reader *whole = p.method == 0 ? &h->file : &h->idat;
    const phash_status st = measure(&bytes, h, p, whole);
    if (st != PHASH_OK)
        return st;
    if (p.count > 1) {
        bytes.owned = phash_alloc(allocator, bytes.size, 1);
        if (bytes.owned == NULL)
            return phash_fail(h->diag, PHASH_E_NO_MEMORY, "HEIF: no memory for the pieces of a picture");
        join(bytes.owned, p, whole);
        bytes.data = bytes.owned;
    }
    *out = bytes;
    return PHASH_OK;
}

void phash_heif_forget(phash_heif_bytes *bytes, const phash_allocator *allocator)
{
    phash_release(allocator, bytes->owned);
    *bytes = (phash_heif_bytes){NULL, 0, NULL};
}

/* Every reference: from one item, of a type, to some. */
typedef struct reference {
    char type[5];
    uint32_t from;
    phash_heif_references to;
} reference;

static phash_reader references(const phash_heif *h, bool *wide)
{
    phash_reader in = h->iref;

    *wide = phash_read_u32be(&in) >> 24 != 0;
    return in;
}

static bool next_of(phash_reader *in, bool wide, reference *r)
{
    box b;

    if (phash_reader_left(in) == 0 || !next_box(in, &b))
        return false;
    memcpy(r->type, b.type, sizeof r->type);
    r->from = wide ? phash_read_u32be(&b.body) : phash_read_u16be(&b.body);
    r->to.count = phash_read_u16be(&b.body);
    r->to.ids = b.body;
    r->to.wide = wide;
    return true;
}

bool phash_heif_find_references(phash_heif_references *out, const phash_heif *h, const char *type, uint32_t from)
{
    bool wide = false;
    phash_reader in = references(h, &wide);
    reference r;

    while (next_of(&in, wide, &r))
        if (strcmp(r.type, type) == 0 && r.from == from) {
            *out = r.to;
            return true;
        }
    return false;
}

uint32_t phash_heif_next_reference(phash_heif_references *r)
{
    if (r->count == 0)
        return 0;
    r->count--;
    return r->wide ? phash_read_u32be(&r->ids) : phash_read_u16be(&r->ids);
}

static bool refers_to(phash_heif_references to, uint32_t id)
{
    while (to.count != 0 && !to.ids.failed)
        if (phash_heif_next_reference(&to) == id && !to.ids.failed)
            return true;
    return false;
}

uint32_t phash_heif_alpha_of(const phash_heif *h, uint32_t id)
{
    const phash_heif quiet = {h->file, h->meta, h->iinf, h->iloc, h->iref, h->idat, h->iprp, h->ipco, h->primary, NULL};
    bool wide = false;
    phash_reader in = references(h, &wide);
    phash_heif_item item;
    reference r;

    for (int looked_at = 0; looked_at < AUXILIARIES_MAX && next_of(&in, wide, &r);) {
        if (strcmp(r.type, "auxl") != 0 || !refers_to(r.to, id))
            continue;
        if (phash_heif_item_of(&item, &quiet, r.from) == PHASH_OK && item.is_alpha)
            return r.from;
        looked_at++;
    }
    return 0;
}
