/* SPDX-License-Identifier: Apache-2.0 */
#include "support/make_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void test_file_free(test_file *file)
{
    free(file->data);
    memset(file, 0, sizeof *file);
}

static void reserve(test_file *file, size_t room)
{
    if (room <= file->room)
        return;
    file->room = room * 2;
    file->data = realloc(file->data, file->room);
    if (file->data == NULL) {
        fprintf(stderr, "make_image: no memory for %zu bytes\n", file->room);
        abort();
    }
}

void test_file_add(test_file *file, const void *bytes, size_t size)
{
    reserve(file, file->size + size);
    if (size != 0)
        memcpy(file->data + file->size, bytes, size);
    file->size += size;
}

void test_file_add_u32be(test_file *file, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};

    test_file_add(file, bytes, sizeof bytes);
}

void test_file_splice(test_file *file, size_t at, size_t size, const void *bytes, size_t n)
{
    reserve(file, file->size + n);
    memmove(file->data + at + n, file->data + at + size, file->size - at - size);
    if (n != 0)
        memcpy(file->data + at, bytes, n);
    file->size = file->size - size + n;
}

test_file test_make_exif(uint32_t orientation, bool big_endian)
{
    /* header, one entry (tag 0x0112, SHORT, count 1, value), no next directory */
    static const uint8_t little[26] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1};
    static const uint8_t big[26] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1};
    test_file exif = {0};

    test_file_add(&exif, big_endian ? big : little, sizeof little);
    exif.data[18] = (uint8_t)(big_endian ? orientation >> 8 : orientation);
    exif.data[19] = (uint8_t)(big_endian ? orientation : orientation >> 8);
    return exif;
}
