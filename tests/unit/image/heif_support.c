/* SPDX-License-Identifier: Apache-2.0 */
#include "heif_support.h"

#include <check.h>
#include <string.h>

static void add(test_file *f, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        test_file_add(f, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static size_t begin(test_file *f, const char *type)
{
    const size_t at = f->size;

    add(f, 0, 4);
    test_file_add(f, type, 4);
    return at;
}

static size_t begin_full(test_file *f, const char *type, uint32_t version, uint32_t flags)
{
    const size_t at = begin(f, type);

    add(f, version << 24 | flags, 4);
    return at;
}

static void end(test_file *f, size_t at)
{
    for (int i = 0; i < 4; i++)
        f->data[at + (size_t)i] = (uint8_t)((f->size - at) >> 8 * (3 - i));
}

test_file heif_test_box(const char *type, const void *body, size_t size)
{
    test_file f = {0};
    const size_t at = begin(&f, type);

    test_file_add(&f, body, size);
    end(&f, at);
    return f;
}

test_file heif_test_ispe(uint32_t width, uint32_t height)
{
    test_file f = {0};
    const size_t at = begin_full(&f, "ispe", 0, 0);

    add(&f, width, 4);
    add(&f, height, 4);
    end(&f, at);
    return f;
}

void heif_test_add(heif_test_item *item, test_file property)
{
    for (int i = 0; i < HEIF_TEST_PROPERTIES; i++)
        if (item->property[i].size == 0) {
            item->property[i] = property;
            return;
        }
    ck_abort_msg("too many properties");
}

static uint32_t count_items(const heif_test_spec *s)
{
    uint32_t n = 0;

    while (n < HEIF_TEST_ITEMS && s->item[n].type != NULL)
        n++;
    return n;
}

/* `base` is where the coded bytes begin. */
static void add_places(test_file *f, const heif_test_spec *s, uint64_t base)
{
    const uint32_t version = s->wide ? 2 : s->idat ? 1 : 0;
    const int big = s->wide ? 8 : 4;
    const size_t at = begin_full(f, "iloc", version, 0);

    add(f, s->wide ? 0x8888 : 0x4440, 2); /* offset, length, base, index */
    add(f, count_items(s), s->wide ? 4 : 2);
    for (uint32_t i = 0; i < count_items(s); i++) {
        const heif_test_item *item = &s->item[i];
        const size_t pieces = item->pieces != 0 ? item->pieces : 1;
        add(f, item->id, s->wide ? 4 : 2);
        if (version != 0)
            add(f, s->idat, 2);
        add(f, 0, 2);
        add(f, base, big);
        add(f, pieces, 2);
        for (size_t k = 0; k < pieces; k++) {
            const size_t start = item->size * k / pieces;
            if (s->wide)
                add(f, 0, 8);
            add(f, start, big);
            add(f, item->size * (k + 1) / pieces - start, big);
        }
        base += item->size;
    }
    end(f, at);
}

static void add_infos(test_file *f, const heif_test_spec *s)
{
    const size_t at = begin_full(f, "iinf", s->wide, 0);

    add(f, count_items(s), s->wide ? 4 : 2);
    for (uint32_t i = 0; i < count_items(s); i++) {
        const size_t info = begin_full(f, "infe", s->wide ? 3 : 2, 0);
        add(f, s->item[i].id, s->wide ? 4 : 2);
        add(f, 0, 2);
        test_file_add(f, s->item[i].type, 4);
        add(f, 0, 1);
        end(f, info);
    }
    end(f, at);
}

static void add_references(test_file *f, const heif_test_spec *s)
{
    const size_t at = begin_full(f, "iref", s->wide, 0);
    const int size = s->wide ? 4 : 2;

    for (uint32_t i = 0; i < 4 && s->reference[i].type != NULL; i++) {
        const heif_test_reference *r = &s->reference[i];
        const size_t one = begin(f, r->type);
        add(f, r->from, size);
        add(f, r->times + 1, 2);
        for (uint32_t k = 0; k <= r->times; k++)
            add(f, r->to, size);
        end(f, one);
    }
    end(f, at);
}

static void add_properties(test_file *f, const heif_test_spec *s)
{
    const size_t at = begin(f, "iprp"), all = begin(f, "ipco");
    uint32_t number = 1;

    for (uint32_t i = 0; i < count_items(s); i++)
        for (int k = 0; k < HEIF_TEST_PROPERTIES; k++)
            test_file_add(f, s->item[i].property[k].data, s->item[i].property[k].size);
    end(f, all);
    const size_t ipma = begin_full(f, "ipma", s->wide, s->wide);
    add(f, count_items(s), 4);
    for (uint32_t i = 0; i < count_items(s); i++) {
        uint32_t n = 0;
        while (n < HEIF_TEST_PROPERTIES && s->item[i].property[n].size != 0)
            n++;
        add(f, s->item[i].id, s->wide ? 4 : 2);
        add(f, n, 1);
        for (uint32_t k = 0; k < n; k++, number++)
            add(f, number | (s->wide ? 0x8000u : 0x80u), s->wide ? 2 : 1);
    }
    end(f, ipma);
    end(f, at);
}

static void add_coded(test_file *f, const heif_test_spec *s, const char *type)
{
    const size_t at = begin(f, type);

    for (uint32_t i = 0; i < count_items(s); i++)
        test_file_add(f, s->item[i].data, s->item[i].size);
    end(f, at);
}

static test_file make(const heif_test_spec *s, uint64_t base)
{
    test_file f = {0};

    test_file_add(&f, "\0\0\0\x18" "ftypheic\0\0\0\0mif1heic", 24);
    const size_t meta = begin_full(&f, "meta", 0, 0);
    const size_t pitm = begin_full(&f, "pitm", s->wide, 0);
    add(&f, s->primary, s->wide ? 4 : 2);
    end(&f, pitm);
    add_places(&f, s, base);
    add_infos(&f, s);
    if (s->reference[0].type != NULL)
        add_references(&f, s);
    add_properties(&f, s);
    if (s->idat)
        add_coded(&f, s, "idat");
    end(&f, meta);
    return f;
}

test_file heif_test_make(heif_test_spec *spec)
{
    test_file head = make(spec, 0);
    const uint64_t base = spec->idat ? 0 : head.size + 8;

    test_file_free(&head);
    test_file file = make(spec, base);
    if (!spec->idat)
        add_coded(&file, spec, "mdat");
    for (uint32_t i = 0; i < HEIF_TEST_ITEMS; i++)
        for (int k = 0; k < HEIF_TEST_PROPERTIES; k++)
            test_file_free(&spec->item[i].property[k]);
    return file;
}
