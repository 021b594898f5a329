/* SPDX-License-Identifier: Apache-2.0 */
#include "image/png_walk.h"

#include "image/exif.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <zlib.h> /* crc32; libpng needs zlib anyway */

#define IHDR PHASH_PNG_TYPE('I', 'H', 'D', 'R')
#define IDAT PHASH_PNG_TYPE('I', 'D', 'A', 'T')
#define IEND PHASH_PNG_TYPE('I', 'E', 'N', 'D')
#define EXIF PHASH_PNG_TYPE('e', 'X', 'I', 'f')
#define CGBI PHASH_PNG_TYPE('C', 'g', 'B', 'I')

typedef struct walk {
    phash_codec_job *job;
    uint64_t n_chunks;
    uint32_t previous; /* type */
    bool seen_idat;
    bool seen_exif;
    bool ended;
} walk;

bool phash_png_chunk_at(phash_png_chunk *chunk, const uint8_t *bytes, size_t size, size_t at)
{
    if (at > size)
        return false;
    phash_reader r = phash_reader_init(bytes + at, size - at);
    chunk->length = phash_read_u32be(&r);
    chunk->type = phash_read_u32be(&r);
    chunk->body = phash_read_bytes(&r, chunk->length);
    (void)phash_read_u32be(&r); /* the CRC */
    return !r.failed;
}

/* The CRC covers type and body. Lengths are below 2^31, but zlib's uInt may be narrower than size_t. */
static bool crc_is_right(const phash_png_chunk *chunk)
{
    phash_reader r = phash_reader_init(chunk->body + chunk->length, 4);
    const uLong crc = crc32(0, chunk->body - 4, (uInt)(chunk->length + 4));

    return phash_read_u32be(&r) == crc;
}

static phash_status check_header(walk *w, const phash_png_chunk *chunk)
{
    phash_reader r = phash_reader_init(chunk->body, chunk->length);

    if (chunk->type == CGBI)
        return phash_fail(w->job->diag, PHASH_E_UNSUPPORTED, "PNG: Apple's CgBI variant, which is not PNG");
    if (chunk->type != IHDR || chunk->length != 13)
        return phash_fail(w->job->diag, PHASH_E_MALFORMED, "PNG: the first chunk is not a header (IHDR) of 13 bytes");
    const uint32_t width = phash_read_u32be(&r);
    return phash_codec_check_size(w->job, width, phash_read_u32be(&r));
}

static phash_status check_chunk(walk *w, const phash_png_chunk *chunk, size_t at)
{
    phash_diag *diag = w->job->diag;

    if (chunk->type != IDAT && !crc_is_right(chunk))
        return phash_fail(diag, PHASH_E_MALFORMED, "PNG: wrong CRC of the chunk at byte %zu", at);
    if (w->n_chunks == 0)
        return check_header(w, chunk);
    if (chunk->type == IDAT) {
        /* Decoders differ in what they show then (PNG s. 5.6 demands one run). */
        if (w->seen_idat && w->previous != IDAT)
            return phash_fail(diag, PHASH_E_MALFORMED, "PNG: picture data (IDAT) interrupted before byte %zu", at);
        w->seen_idat = true;
    } else if (chunk->type == EXIF && !w->seen_exif) {
        const uint32_t orientation = phash_exif_orientation(chunk->body, chunk->length);
        w->seen_exif = true;
        w->job->info.orientation = orientation != 0 ? orientation : 1;
    } else if (chunk->type == IEND) {
        if (!w->seen_idat)
            return phash_fail(diag, PHASH_E_MALFORMED, "PNG: no picture data (IDAT) before the end at byte %zu", at);
        w->ended = true;
    }
    return PHASH_OK;
}

/* Says why the chunk at byte `at` cannot be read. */
static phash_status fail_short(walk *w, size_t at)
{
    phash_reader r = phash_reader_init(w->job->bytes + at, w->job->size - at);
    const uint32_t length = phash_read_u32be(&r);

    if (!r.failed && length > INT32_MAX) /* PNG s. 5.3 */
        return phash_fail(w->job->diag, PHASH_E_MALFORMED, "PNG: a chunk of %" PRIu32 " bytes at byte %zu", length, at);
    return phash_fail(w->job->diag, PHASH_E_TRUNCATED, "PNG: the file ends within the chunk at byte %zu", at);
}

phash_status phash_png_walk(phash_codec_job *job)
{
    walk w = {.job = job};
    size_t at = PHASH_PNG_SIGNATURE_SIZE;

    while (!w.ended) {
        phash_png_chunk chunk;
        if (at >= job->size)
            return phash_fail(job->diag, PHASH_E_TRUNCATED, "PNG: the file ends at byte %zu without IEND", at);
        if (!phash_png_chunk_at(&chunk, job->bytes, job->size, at) || chunk.length > INT32_MAX)
            return fail_short(&w, at);
        const phash_status st = check_chunk(&w, &chunk, at);
        if (st != PHASH_OK)
            return st;
        w.previous = chunk.type;
        w.n_chunks++;
        at += (size_t)chunk.length + PHASH_PNG_CHUNK_OVERHEAD;
        if (phash_codec_late(job, (uint64_t)chunk.length / 8 + PHASH_PNG_CHUNK_OVERHEAD))
            return phash_codec_timeout(job, 0);
    }
    return PHASH_OK;
}
