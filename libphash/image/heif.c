/* SPDX-License-Identifier: Apache-2.0 */
/* HEIF with pictures coded in HEVC: image/heif_boxes.h finds them, libde265 decodes them one at a time. The primary
 * item is shown: a picture, or a grid of equal ones, which is decoded row by row; the clean aperture cuts it, an
 * auxiliary picture may be its alpha, and the turn is handed on as the EXIF orientation that means the same. EXIF is
 * not looked at. Source: ISO/IEC 23008-12, s. 6.5 and 6.6.2.3; MIAF, ISO/IEC 23000-22, s. 7.3.6.7. */
#include "image/codecs.h"

#ifdef PHASH_WITH_HEIF
#include "image/clean_aperture.h"
#include "image/heif_boxes.h"
#include "image/heif_colour.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

/* One item and what is decoded of it. */
typedef struct source {
    phash_codec_job *job;
    const phash_heif *boxes;
    phash_heif_item item;
    uint32_t channels; /* 3, or 1 for alpha */
    phash_heif_references tiles; /* those of a grid, as far as they are not decoded */
    uint32_t tile_width, tile_height;
    uint32_t columns; /* 0 when it is no grid */
    uint8_t *strip;   /* rows of the whole: of a grid as high as a tile, else one */
    uint64_t strip_size;
    uint32_t strip_end; /* the row of the whole after those in it */
    phash_hevc hevc;    /* the only picture, when it is no grid */
    void *stand_by;     /* for a grid */
    phash_heif_colours colours;
} source;

static phash_status malformed(const phash_codec_job *job, const char *why)
{
    return phash_fail(job->diag, PHASH_E_MALFORMED, "HEIF: %s", why);
}

/* What is not said in the file is said in the coded picture. */
static void choose_colours(source *s, const phash_heif_item *item, const phash_hevc_picture *p)
{
    const phash_heif_item *said = s->item.has_colours ? &s->item : item;

    s->colours = said->has_colours ? phash_heif_colours_of(said->matrix, said->full_range, p->plane[0].bits)
                                   : phash_heif_colours_of(p->matrix, p->full_range, p->plane[0].bits);
}

static phash_status decode_item(source *s, phash_hevc *hevc, const phash_heif_item *item)
{
    phash_codec_job *job = s->job;
    phash_heif_bytes bytes;

    if (item->hvcc.size == 0)
        return malformed(job, "a coded picture without its parameters");
    phash_status st = phash_heif_data(&bytes, s->boxes, job->allocator, item->id);
    if (st != PHASH_OK)
        return st;
    st = phash_hevc_decode(hevc, job, item->hvcc, bytes.data, bytes.size, item->width, item->height);
    phash_heif_forget(&bytes, job->allocator);
    if (st != PHASH_OK)
        return st;
    const phash_hevc_picture *p = &hevc->picture;
    if (!p->grey && (p->plane[0].bits != p->plane[1].bits || p->plane[0].bits != p->plane[2].bits))
        return phash_fail(job->diag, PHASH_E_UNSUPPORTED, "HEIF: luma and chroma of different depth");
    choose_colours(s, item, p);
    return PHASH_OK;
}

static void row_of(const source *s, uint8_t *out, const phash_hevc_picture *p, uint32_t y, uint32_t width)
{
    if (s->channels == 1)
        phash_heif_alpha_row(out, p, y, width);
    else
        phash_heif_colour_row(out, p, &s->colours, y, width);
}

static bool is_hevc(const phash_heif_item *item)
{
    return strcmp(item->type, "hvc1") == 0 || strcmp(item->type, "hev1") == 0;
}

/* Every tile is like the first: they cover the whole, and none lies outside of it. */
static phash_status check_tiles(source *s, uint32_t rows)
{
    const phash_limits *limits = &s->job->limits;
    phash_heif_references first = s->tiles;
    phash_heif_item tile;
    const phash_status st = phash_heif_item_of(&tile, s->boxes, phash_heif_next_reference(&first));

    if (st != PHASH_OK)
        return st;
    const uint64_t w = tile.width, h = tile.height;
    if (w == 0 || h == 0 || w * s->columns < s->item.width || h * rows < s->item.height ||
        w * (s->columns - 1) >= s->item.width || h * (rows - 1) >= s->item.height)
        return malformed(s->job, "the tiles do not cover the picture");
    if (w > limits->max_side || h > limits->max_side || w * h > limits->max_pixels)
        return phash_fail(s->job->diag, PHASH_E_LIMIT,
                          "HEIF: a tile of %" PRIu64 " x %" PRIu64 " pixels; the limit of a side is %" PRIu32
                          ", of the whole %" PRIu64 " pixels", w, h, limits->max_side, limits->max_pixels);
    s->tile_width = tile.width;
    s->tile_height = tile.height;
    return PHASH_OK;
}

static phash_status open_grid(source *s)
{
    phash_heif_bytes bytes;
    phash_status st = phash_heif_data(&bytes, s->boxes, s->job->allocator, s->item.id);

    if (st != PHASH_OK)
        return st;
    phash_reader in = phash_reader_init(bytes.data, bytes.size);
    const bool wide = (phash_read_u16be(&in) & 1) != 0; /* the flags follow the version */
    const uint32_t rows = phash_read_u8(&in) + 1u;
    s->columns = phash_read_u8(&in) + 1u;
    const uint32_t width = wide ? phash_read_u32be(&in) : phash_read_u16be(&in);
    const uint32_t height = wide ? phash_read_u32be(&in) : phash_read_u16be(&in);
    const bool whole = !in.failed;
    phash_heif_forget(&bytes, s->job->allocator);
    if (!whole || width != s->item.width || height != s->item.height)
        return malformed(s->job, "a grid and its header differ in size");
    if (!phash_heif_find_references(&s->tiles, s->boxes, "dimg", s->item.id) || s->tiles.count != rows * s->columns)
        return malformed(s->job, "a grid without its tiles");
    st = check_tiles(s, rows);
    if (st != PHASH_OK)
        return st;
    s->stand_by = phash_hevc_stand_by();
    s->strip_size = (uint64_t)s->item.width * s->tile_height * s->channels;
    return phash_codec_hold(s->job, &s->strip, s->strip_size, "a row of tiles");
}

static phash_status open_single(source *s)
{
    s->strip_size = (uint64_t)s->item.width * s->channels;
    const phash_status st = phash_codec_hold(s->job, &s->strip, s->strip_size, "a row");

    return st == PHASH_OK ? decode_item(s, &s->hevc, &s->item) : st;
}

/* The sides have been checked. */
static phash_status open_source(source *s)
{
    if (is_hevc(&s->item))
        return open_single(s);
    if (strcmp(s->item.type, "grid") == 0)
        return open_grid(s);
    return phash_fail(s->job->diag, PHASH_E_UNSUPPORTED, "HEIF: a picture that is neither HEVC nor a grid of it");
}

static void close_source(source *s)
{
    phash_hevc_close(&s->hevc);
    phash_hevc_stand_down(s->stand_by);
    phash_codec_release(s->job, s->strip, s->strip_size);
}

static phash_status decode_tile(source *s, uint32_t column)
{
    const uint32_t left = column * s->tile_width;
    const uint32_t width = s->item.width - left < s->tile_width ? s->item.width - left : s->tile_width;
    phash_hevc hevc = {.job = s->job};
    phash_heif_item tile;
    phash_status st = phash_heif_item_of(&tile, s->boxes, phash_heif_next_reference(&s->tiles));

    if (st == PHASH_OK && (!is_hevc(&tile) || tile.width != s->tile_width || tile.height != s->tile_height))
        st = malformed(s->job, "a tile differs from the first");
    if (st == PHASH_OK)
        st = decode_item(s, &hevc, &tile);
    for (uint32_t y = 0; st == PHASH_OK && y < s->tile_height; y++)
        row_of(s, s->strip + ((size_t)y * s->item.width + left) * s->channels, &hevc.picture, y, width);
    phash_hevc_close(&hevc);
    if (st == PHASH_OK && phash_codec_late(s->job, s->boxes->meta.size))
        st = phash_codec_timeout(s->job, s->strip_end);
    return st;
}

/* Rows are asked for from top to bottom; some may be left out. */
static phash_status get_row(source *s, const uint8_t **row, uint32_t y)
{
    phash_status st = PHASH_OK;

    if (s->columns == 0) {
        row_of(s, s->strip, &s->hevc.picture, y, s->item.width);
        *row = s->strip;
        return PHASH_OK;
    }
    while (st == PHASH_OK && y >= s->strip_end) {
        for (uint32_t i = 0; st == PHASH_OK && i < s->columns; i++)
            st = decode_tile(s, i);
        s->strip_end += s->tile_height;
    }
    *row = s->strip + (size_t)(y % s->tile_height) * s->item.width * s->channels;
    return st;
}

static phash_status find_crop(phash_crop *c, const source *s)
{
    phash_reader clap = s->item.clap;
    uint32_t number[8];

    *c = (phash_crop){0, 0, s->item.width, s->item.height};
    if (clap.size == 0)
        return PHASH_OK;
    for (int i = 0; i < 8; i++)
        number[i] = phash_read_u32be(&clap);
    if (s->item.clap_is_late)
        return phash_fail(s->job->diag, PHASH_E_UNSUPPORTED, "HEIF: a picture that is turned before it is cut");
    if (clap.failed || !phash_clean_aperture(c, number, s->item.width, s->item.height))
        return malformed(s->job, "the clean aperture is not a part of the picture");
    return PHASH_OK;
}

typedef struct picture {
    phash_codec_job *job;
    phash_heif boxes;
    source colour;
    source alpha; /* item.id is 0 when there is none */
    bool premultiplied;
    phash_crop crop;
} picture;

static phash_status open_alpha(picture *p)
{
    const uint32_t id = phash_heif_alpha_of(&p->boxes, p->boxes.primary);
    phash_heif_references premultiplied;
    phash_heif_item item;

    if (id == 0)
        return PHASH_OK;
    const phash_status st = phash_heif_item_of(&item, &p->boxes, id);
    if (st != PHASH_OK)
        return st;
    if (item.width != p->colour.item.width || item.height != p->colour.item.height)
        return phash_fail(p->job->diag, PHASH_E_UNSUPPORTED, "HEIF: the alpha is not of the picture's size");
    p->premultiplied = phash_heif_find_references(&premultiplied, &p->boxes, "prem", p->boxes.primary);
    p->alpha.item = item;
    return open_source(&p->alpha);
}

static phash_status open_picture(picture *p)
{
    phash_codec_job *job = p->job;
    phash_heif_item *item = &p->colour.item;
    phash_status st = phash_heif_open(&p->boxes, job->diag, job->bytes, job->size);

    if (st == PHASH_OK)
        st = phash_heif_item_of(item, &p->boxes, p->boxes.primary);
    if (st == PHASH_OK)
        st = phash_codec_check_size(job, item->width, item->height);
    if (st != PHASH_OK)
        return st;
    job->info.orientation = item->orientation;
    st = find_crop(&p->crop, &p->colour);
    if (st == PHASH_OK)
        st = open_source(&p->colour);
    if (st == PHASH_OK)
        st = open_alpha(p);
    job->info.width = p->crop.width;
    job->info.height = p->crop.height;
    return st;
}

static uint8_t divided(uint32_t colour, uint32_t alpha)
{
    const uint32_t v = (colour * 255u + alpha / 2u) / alpha;

    return (uint8_t)(v < 255 ? v : 255);
}

/* The sampler wants straight alpha. */
static void merge(uint8_t *out, const uint8_t *colour, const uint8_t *alpha, uint32_t width, bool premultiplied)
{
    for (uint32_t x = 0; x < width; x++, out += 4, colour += 3) {
        for (int c = 0; c < 3; c++)
            out[c] = premultiplied && alpha[x] != 0 ? divided(colour[c], alpha[x]) : colour[c];
        out[3] = alpha[x];
    }
}

/* With alpha every row is: some pixel may be transparent that no sample is taken of. */
static bool is_wanted(const phash_sampler *sampler)
{
    uint32_t n;

    if (sampler->picture.channels == 4)
        return true;
    for (uint32_t v = 0; v < sampler->n_views; v++)
        if (phash_sampler_columns(sampler, v, &n) != NULL)
            return true;
    return false;
}

static phash_status show_row(picture *p, uint32_t y)
{
    phash_codec_job *job = p->job;
    const uint8_t *colour = NULL, *alpha = NULL;

    if (!is_wanted(job->sampler)) {
        phash_sampler_row(job->sampler, job->row->data);
        return PHASH_OK;
    }
    phash_status st = get_row(&p->colour, &colour, p->crop.y + y);
    if (st == PHASH_OK && p->alpha.item.id != 0)
        st = get_row(&p->alpha, &alpha, p->crop.y + y);
    if (st != PHASH_OK)
        return st;
    colour += (size_t)p->crop.x * 3;
    if (alpha != NULL) {
        merge(job->row->data, colour, alpha + p->crop.x, p->crop.width, p->premultiplied);
        colour = job->row->data;
    }
    phash_sampler_row(job->sampler, colour);
    return phash_codec_late(job, p->crop.width) ? phash_codec_timeout(job, y) : PHASH_OK;
}

static phash_status show(picture *p)
{
    const uint32_t channels = p->alpha.item.id != 0 ? 4 : 3;
    const phash_codec_rows rows = {p->crop.width, p->crop.height, channels, (size_t)p->crop.width * channels};
    phash_status st = phash_codec_begin(p->job, &rows);

    for (uint32_t y = 0; st == PHASH_OK && y < p->crop.height; y++)
        st = show_row(p, y);
    /* What no sample lies in may be damaged all the same. */
    const uint8_t *last;
    if (st == PHASH_OK)
        st = get_row(&p->colour, &last, p->colour.item.height - 1);
    return st == PHASH_OK ? phash_sampler_end(p->job->sampler) : st;
}

phash_status phash_heif_read(phash_codec_job *job)
{
    picture p = {.job = job};

    p.colour = (source){.job = job, .boxes = &p.boxes, .channels = 3};
    p.alpha = (source){.job = job, .boxes = &p.boxes, .channels = 1};
    phash_status st = open_picture(&p);
    if (st == PHASH_OK)
        st = show(&p);
    close_source(&p.alpha);
    close_source(&p.colour);
    return st;
}
#endif
