/* SPDX-License-Identifier: Apache-2.0 */
#include "image/webp_walk.h"

#include "image/exif.h"
#include "util/diag.h"

#include <string.h>

#define RIFF_HEADER 12u
#define FLAG_ANIMATION 2u
#define FRAME_HEADER 16u

typedef struct chunk {
    char type[5];
    phash_reader body;
    const uint8_t *start; /* of its header */
    const uint8_t *end;
} chunk;

/* False when there is no whole chunk any more. The padding of the last one may be missing. */
static bool next_chunk(phash_reader *in, chunk *c)
{
    c->start = in->data + in->at;
    const uint8_t *type = phash_read_bytes(in, 4);
    const uint32_t size = phash_read_u32le(in);
    const uint8_t *body = phash_read_bytes(in, size);

    if (type == NULL || body == NULL)
        return false;
    memcpy(c->type, type, 4);
    c->type[4] = '\0';
    c->body = phash_reader_init(body, size);
    c->end = body + size;
    if (size % 2 == 1 && phash_reader_left(in) != 0)
        (void)phash_read_u8(in);
    return true;
}

static bool is(const chunk *c, const char *type)
{
    return strcmp(c->type, type) == 0;
}

static uint32_t read_u24(phash_reader *in)
{
    const uint32_t low = phash_read_u16le(in);

    return low | (uint32_t)phash_read_u8(in) << 16;
}

/* Take a chunk of a coded picture; ALPH comes before VP8. */
static void take_part(phash_webp_image *image, const chunk *c, bool *whole)
{
    const bool alpha = is(c, "ALPH");

    if (*whole || (!alpha && !is(c, "VP8 ") && !is(c, "VP8L")))
        return;
    if (image->data == NULL)
        image->data = c->start;
    image->size = (size_t)(c->end - image->data);
    *whole = !alpha;
}

static bool read_frame(phash_reader body, phash_webp_image *frame)
{
    bool whole = false;
    chunk c;

    *frame = (phash_webp_image){0};
    frame->rect.x = read_u24(&body) * 2;
    frame->rect.y = read_u24(&body) * 2;
    frame->rect.width = read_u24(&body) + 1;
    frame->rect.height = read_u24(&body) + 1;
    (void)read_u24(&body); /* how long it is shown */
    const uint32_t flags = phash_read_u8(&body);
    frame->clear = (flags & 1) != 0;
    frame->replace = (flags & 2) != 0;
    while (phash_reader_left(&body) != 0 && next_chunk(&body, &c))
        take_part(frame, &c, &whole);
    return whole && !body.failed;
}

bool phash_webp_next_frame(phash_reader *chunks, phash_webp_image *frame)
{
    chunk c;

    while (phash_reader_left(chunks) != 0 && next_chunk(chunks, &c))
        if (is(&c, "ANMF"))
            return read_frame(c.body, frame);
    return false;
}

static phash_status malformed(const phash_codec_job *job, const char *what, size_t at)
{
    return phash_fail(job->diag, PHASH_E_MALFORMED, "WebP: %s (byte %zu)", what, at);
}

static phash_status take_canvas(phash_webp *webp, chunk *c, phash_codec_job *job)
{
    const uint32_t flags = phash_read_u32le(&c->body);

    webp->extended = true;
    webp->animated = (flags & FLAG_ANIMATION) != 0;
    webp->width = read_u24(&c->body) + 1;
    webp->height = read_u24(&c->body) + 1;
    if (c->body.failed)
        return malformed(job, "a VP8X chunk that is too short", RIFF_HEADER);
    return phash_codec_check_size(job, webp->width, webp->height);
}

static phash_status take_frame(phash_webp *webp, const chunk *c, const phash_codec_job *job, size_t at)
{
    phash_webp_image frame;

    if (!read_frame(c->body, &frame))
        return malformed(job, "a frame without a whole picture", at);
    if (frame.rect.width > webp->width || frame.rect.x > webp->width - frame.rect.width ||
        frame.rect.height > webp->height || frame.rect.y > webp->height - frame.rect.height)
        return malformed(job, "a frame beyond the canvas", at);
    webp->frames++;
    return PHASH_OK;
}

static void take_orientation(const chunk *c, phash_codec_job *job, bool *oriented)
{
    const uint8_t *body = c->body.data;
    const size_t size = c->body.size;
    uint32_t orientation = phash_exif_orientation(body, size);

    if (orientation == 0) /* some writers leave the name of the JPEG segment before it */
        orientation = phash_exif_app1_orientation(body, size);
    if (!*oriented && orientation != 0)
        job->info.orientation = orientation;
    *oriented = true;
}

static phash_status take_chunk(phash_webp *webp, chunk *c, phash_codec_job *job, bool *whole, bool *oriented)
{
    const size_t at = (size_t)(c->start - job->bytes);

    if (is(c, "VP8X") && at == RIFF_HEADER)
        return take_canvas(webp, c, job);
    if (is(c, "EXIF"))
        take_orientation(c, job, oriented);
    if (is(c, "ANMF") && webp->animated)
        return take_frame(webp, c, job, at);
    take_part(&webp->still, c, whole);
    return PHASH_OK;
}

phash_status phash_webp_walk(phash_webp *webp, phash_codec_job *job)
{
    phash_reader in = phash_reader_init(job->bytes, job->size);
    bool whole = false;
    bool oriented = false;
    phash_status st = PHASH_OK;
    chunk c;

    *webp = (phash_webp){0};
    (void)phash_read_u32le(&in);
    const uint32_t size = phash_read_u32le(&in);
    if (size < 4)
        return malformed(job, "a RIFF chunk that is too short", 4);
    if (size > job->size - 8)
        return phash_fail(job->diag, PHASH_E_TRUNCATED, "WebP: the file ends at byte %zu of %zu", job->size,
                          (size_t)size + 8);
    in = phash_reader_init(job->bytes, (size_t)size + 8);
    (void)phash_read_bytes(&in, RIFF_HEADER);
    webp->chunks = in;
    while (st == PHASH_OK && phash_reader_left(&in) != 0) {
        if (!next_chunk(&in, &c))
            return phash_fail(job->diag, PHASH_E_TRUNCATED, "WebP: the file ends within a chunk (byte %zu)", in.at);
        st = take_chunk(webp, &c, job, &whole, &oriented);
        if (st == PHASH_OK && phash_codec_late(job, 8 + c.body.size / 64))
            st = phash_codec_timeout(job, 0);
    }
    if (st == PHASH_OK && (webp->animated ? webp->frames == 0 : !whole))
        st = phash_fail(job->diag, PHASH_E_TRUNCATED, "WebP: there is no picture in the file");
    return st;
}
