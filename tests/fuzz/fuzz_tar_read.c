/* SPDX-License-Identifier: Apache-2.0 */
/* Tar streams: how a stream is cut into pieces, and whether the data of members is read or passed over, must not change
 * what members are found; every byte is accounted for. The first byte of the input seeds the cutting;
 * when it is odd, checksums are made to fit first, so that mutations of headers get past them. */
#include "batch/tar_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

typedef struct source {
    const uint8_t *at;
    size_t left;
    uint32_t state; /* 0: give as much as is asked for */
} source;

static ptrdiff_t fill(void *user, void *bytes, size_t size)
{
    source *s = user;
    size_t n = size < s->left ? size : s->left;

    if (s->state != 0 && n != 0) {
        s->state = s->state * 1664525u + 1013904223u;
        n = 1 + (s->state >> 16) % (n < 700 ? n : 700);
    }
    memcpy(bytes, s->at, n);
    s->at += n;
    s->left -= n;
    return (ptrdiff_t)n;
}

static uint64_t mix(uint64_t digest, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < size; i++)
        digest = (digest ^ p[i]) * UINT64_C(0x100000001b3);
    return digest;
}

/* Digest of all steps, names and sizes, and with `content` of what is read. */
static uint64_t walk(const uint8_t *data, size_t size, uint32_t seed, bool read, uint64_t *content)
{
    source s = {data, size, seed};
    tar_reader r;
    uint64_t digest = 1;
    uint64_t steps = 0;
    tar_step step;
    char piece[1000];

    tar_begin(&r, fill, &s);
    do {
        step = tar_next(&r);
        CHECK(++steps <= size / 512 + 2 && r.offset <= size);
        digest = mix(digest, &step, sizeof step);
        if (step >= TAR_END)
            break;
        CHECK(r.name.data != NULL && r.name.data[r.name.size] == '\0');
        digest = mix(digest, r.name.data, r.name.size);
        digest = mix(digest, &r.size, sizeof r.size);
        uint64_t begin = r.offset;
        for (size_t n; read && (n = tar_read_data(&r, piece, sizeof piece)) != 0;)
            *content = mix(*content, piece, n);
        CHECK(!read || r.offset - begin + r.left == r.size || step != TAR_FILE);
    } while (steps < 10000);
    CHECK((step == TAR_TRUNCATED || step == TAR_DAMAGED) == (r.why[0] != '\0'));
    CHECK(step != TAR_END || r.offset == size);
    tar_reader_free(&r);
    return digest;
}

static void mend_checksums(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 512 <= size; at += 512) {
        uint8_t *block = data + at;
        unsigned sum = 0;
        if (memcmp(block + 257, "ustar", 5) != 0)
            continue;
        memset(block + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += block[i];
        for (int i = 0; i < 6; i++)
            block[148 + i] = (uint8_t)('0' + (sum >> 3 * (5 - i) & 7));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t content[2] = {1, 1};
    uint64_t unread = 1;

    if (size == 0)
        return 0;
    const size_t n = size - 1;
    uint8_t *stream = malloc(n != 0 ? n : 1);
    CHECK(stream != NULL);
    memcpy(stream, data + 1, n);
    if (data[0] % 2 != 0)
        mend_checksums(stream, n);
    const uint64_t whole = walk(stream, n, 0, true, &content[0]);
    CHECK(walk(stream, n, 1u + data[0], true, &content[1]) == whole);
    CHECK(content[0] == content[1]);
    CHECK(walk(stream, n, 0, false, &unread) == whole);
    free(stream);
    return 0;
}
