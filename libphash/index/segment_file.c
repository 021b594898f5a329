/* SPDX-License-Identifier: Apache-2.0 */
#include "index/segment_file.h"

#include "simd/crc32c.h"
#include "util/bytes.h"
#include "util/cpu.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_CRC_AT (PHASH_SEGMENT_HEADER - 4)

static const uint8_t magic[8] = {0x89, 'P', 'H', 'I', '\r', '\n', 0x1a, '\n'};

static void write_header(uint8_t header[PHASH_SEGMENT_HEADER], const phash_crc32c_kernels *k, uint64_t n,
                         uint32_t radius, const phash_plan *plan, uint64_t size)
{
    memset(header, 0, PHASH_SEGMENT_HEADER);
    phash_writer w = phash_writer_init(header, PHASH_SEGMENT_HEADER);
    phash_write_bytes(&w, magic, sizeof magic);
    phash_write_u32le(&w, PHASH_SEGMENT_FORMAT);
    phash_write_u32le(&w, PHASH_SEGMENT_PIECE);
    phash_write_u64le(&w, n);
    phash_write_u64le(&w, size);
    phash_write_u32le(&w, radius);
    phash_write_u32le(&w, plan->n_bands);
    phash_write_bytes(&w, plan->widths, sizeof plan->widths);
    phash_write_zeros(&w, HEADER_CRC_AT - w.at);
    phash_write_u32le(&w, k->crc(k, header, HEADER_CRC_AT));
}

static uint32_t piece_crc(const phash_crc32c_kernels *k, const uint8_t *bytes, uint64_t checks, uint64_t piece)
{
    const uint64_t at = PHASH_SEGMENT_HEADER + piece * PHASH_SEGMENT_PIECE;
    const uint64_t size = checks - at < PHASH_SEGMENT_PIECE ? checks - at : PHASH_SEGMENT_PIECE;

    return k->crc(k, bytes + at, (size_t)size);
}

static int write_checks(const phash_segment *s, const phash_crc32c_kernels *k, phash_index_write_fn write, void *user)
{
    uint8_t buffer[1024];
    phash_writer w = phash_writer_init(buffer, sizeof buffer);
    const uint64_t n = phash_segment_check_count(s->layout.checks);
    int failed = 0;

    for (uint64_t i = 0; i < n && failed == 0; i++) {
        phash_write_u32le(&w, piece_crc(k, s->bytes, s->layout.checks, i));
        if (w.at == sizeof buffer || i + 1 == n) {
            failed = write(user, buffer, w.at);
            w = phash_writer_init(buffer, sizeof buffer);
        }
    }
    return failed;
}

phash_status phash_segment_write(const phash_segment *segment, uint32_t radius, phash_index_write_fn write, void *user)
{
    static const phash_plan no_plan = {0, {0}};
    uint8_t header[PHASH_SEGMENT_HEADER];
    phash_crc32c_kernels k;

    phash_crc32c_kernels_init(&k, phash_cpu_flags());
    if (segment == NULL) {
        write_header(header, &k, 0, radius, &no_plan, phash_segment_lay_out(0, &no_plan).size);
        return write(user, header, sizeof header) == 0 ? PHASH_OK : PHASH_E_IO;
    }
    write_header(header, &k, segment->n, segment->radius, &segment->plan, segment->layout.size);
    int failed = write(user, header, sizeof header);
    for (uint64_t at = sizeof header; at < segment->layout.checks && failed == 0; at += 1u << 20) {
        const uint64_t left = segment->layout.checks - at;
        failed = write(user, segment->bytes + at, (size_t)(left < 1u << 20 ? left : 1u << 20));
    }
    if (failed == 0)
        failed = write_checks(segment, &k, write, user);
    return failed == 0 ? PHASH_OK : PHASH_E_IO;
}

typedef struct header {
    uint64_t n;
    uint64_t size;
    uint32_t radius;
    phash_plan plan;
} header;

/* Mark, format and checksum: after that the header is what somebody wrote. */
static phash_status check_header(phash_diag *diag, const phash_crc32c_kernels *k, const uint8_t *bytes, size_t size)
{
    phash_reader r = phash_reader_init(bytes, size);
    const uint8_t *mark = phash_read_bytes(&r, sizeof magic);

    if (mark == NULL || memcmp(mark, magic, sizeof magic) != 0)
        return phash_fail(diag, PHASH_E_MAGIC, "not an index: the first 8 bytes are not its mark");
    const uint32_t format = phash_read_u32le(&r);
    if (!r.failed && format != PHASH_SEGMENT_FORMAT)
        return phash_fail(diag, PHASH_E_VERSION, "an index of format %" PRIu32 "; this build reads format %u: build "
                          "the index again", format, PHASH_SEGMENT_FORMAT);
    if (size < PHASH_SEGMENT_HEADER)
        return phash_fail(diag, PHASH_E_TRUNCATED, "the file ends inside its header, after %zu bytes", size);
    phash_reader end = phash_reader_init(bytes + HEADER_CRC_AT, 4);
    if (phash_read_u32le(&end) != k->crc(k, bytes, HEADER_CRC_AT))
        return phash_fail(diag, PHASH_E_CHECKSUM, "the header does not agree with its checksum");
    return PHASH_OK;
}

static phash_status read_header(header *h, phash_diag *diag, const uint8_t *bytes)
{
    phash_reader r = phash_reader_init(bytes, HEADER_CRC_AT);

    (void)phash_read_bytes(&r, sizeof magic + 4);
    if (phash_read_u32le(&r) != PHASH_SEGMENT_PIECE)
        return phash_fail(diag, PHASH_E_ORDER, "checksums of pieces that are not %u bytes", PHASH_SEGMENT_PIECE);
    h->n = phash_read_u64le(&r);
    h->size = phash_read_u64le(&r);
    h->radius = phash_read_u32le(&r);
    h->plan.n_bands = phash_read_u32le(&r);
    phash_read_copy(&r, h->plan.widths, sizeof h->plan.widths);
    if (h->n > UINT32_MAX - 1)
        return phash_fail(diag, PHASH_E_ORDER, "%" PRIu64 " hashes; at most 2^32 - 2 are possible", h->n);
    if (h->radius > PHASH_RADIUS_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "a radius of %" PRIu32 "; the widest is %d", h->radius,
                          PHASH_RADIUS_MAX);
    if (!phash_plan_is_valid(&h->plan))
        return phash_fail(diag, PHASH_E_ORDER, "%" PRIu32 " bands whose widths cannot be", h->plan.n_bands);
    for (uint32_t i = h->plan.n_bands; i < PHASH_PLAN_BANDS_MAX; i++)
        if (h->plan.widths[i] != 0)
            return phash_fail(diag, PHASH_E_ORDER, "a width for band %" PRIu32 " of %" PRIu32, i, h->plan.n_bands);
    for (size_t left = phash_reader_left(&r); left > 0; left--)
        if (phash_read_u8(&r) != 0)
            return phash_fail(diag, PHASH_E_ORDER, "byte %zu of the header is not zero", r.at - 1);
    return PHASH_OK;
}

static phash_status check_pieces(phash_diag *diag, const phash_crc32c_kernels *k, const uint8_t *bytes,
                                 const phash_segment_layout *l)
{
    const uint64_t n = phash_segment_check_count(l->checks);
    phash_reader r = phash_reader_init(bytes + l->checks, (size_t)(l->size - l->checks));

    for (uint64_t i = 0; i < n; i++)
        if (phash_read_u32le(&r) != piece_crc(k, bytes, l->checks, i))
            return phash_fail(diag, PHASH_E_CHECKSUM, "damaged between bytes %" PRIu64 " and %" PRIu64
                              ": build the index again",
                              PHASH_SEGMENT_HEADER + i * PHASH_SEGMENT_PIECE,
                              PHASH_SEGMENT_HEADER + (i + 1) * PHASH_SEGMENT_PIECE);
    return PHASH_OK;
}

phash_status phash_segment_read(phash_segment *segment, phash_diag *diag, const uint8_t *bytes, size_t size,
                                bool check)
{
    phash_crc32c_kernels k;
    header h;

    phash_crc32c_kernels_init(&k, phash_cpu_flags());
    phash_status st = check_header(diag, &k, bytes, size);
    if (st == PHASH_OK)
        st = read_header(&h, diag, bytes);
    if (st != PHASH_OK)
        return st;
    const phash_segment_layout l = phash_segment_lay_out(h.n, &h.plan);
    if (l.size != h.size)
        return phash_fail(diag, PHASH_E_ORDER, "the header says %" PRIu64 " bytes; its bands need %" PRIu64, h.size,
                          l.size);
    if (l.size != size)
        return phash_fail(diag, size < l.size ? PHASH_E_TRUNCATED : PHASH_E_ORDER,
                          "the file has %zu bytes, its header says %" PRIu64, size, l.size);
    if (check)
        st = check_pieces(diag, &k, bytes, &l);
    if (st != PHASH_OK)
        return st;
    segment->radius = h.radius;
    phash_segment_attach(segment, bytes, (uint32_t)h.n, &h.plan);
    return PHASH_OK;
}
