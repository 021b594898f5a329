/* SPDX-License-Identifier: Apache-2.0 */
/* HEIF files made in the test: items with their properties, their places and what they refer to. */
#ifndef PHASH_TESTS_HEIF_SUPPORT_H
#define PHASH_TESTS_HEIF_SUPPORT_H

#include "support/make_image.h"

#define HEIF_TEST_ITEMS 6
#define HEIF_TEST_PROPERTIES 8

typedef struct heif_test_item {
    uint32_t id;
    const char *type;
    const uint8_t *data;
    size_t size;
    uint32_t pieces;                           /* in so many extents; 0 counts as 1 */
    test_file property[HEIF_TEST_PROPERTIES];  /* whole boxes, in order; freed by heif_test_make */
} heif_test_item;

typedef struct heif_test_reference {
    const char *type;
    uint32_t from;
    uint32_t to;
    uint32_t times; /* the same once more */
} heif_test_reference;

typedef struct heif_test_spec {
    uint32_t primary;
    heif_test_item item[HEIF_TEST_ITEMS];
    heif_test_reference reference[4]; /* up to the first without a type */
    bool wide;                        /* the longest form of every box */
    bool idat;                        /* coded bytes lie in meta */
} heif_test_spec;

/** A box with a body. */
test_file heif_test_box(const char *type, const void *body, size_t size);
/** The property of the sides. */
test_file heif_test_ispe(uint32_t width, uint32_t height);
/** Add a property to an item. */
void heif_test_add(heif_test_item *item, test_file property);
/** The whole file, from the spec, whose properties are freed. */
test_file heif_test_make(heif_test_spec *spec);

#endif
