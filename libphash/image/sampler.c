/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sampler.h"

#include <string.h>

/* EXIF orientations 1..8: how a pixel (x, y) of the upright picture is found in the stored one.
 * transposed: stored column comes from y and stored row from x; flip_*: counted from the far end.
 * Source: Exif 2.32, s. 4.6.4, tag 274. */
static const struct {
    bool transposed, flip_columns, flip_rows;
} turns[9] = {
    {false, false, false}, /* 0 is not used */
    {false, false, false}, {false, true, false}, {false, true, true}, {false, false, true},
    {true, false, false},  {true, false, true},  {true, true, true},  {true, true, false},
};

void phash_sampler_init(phash_sampler *sampler, const phash_allocator *allocator)
{
    memset(sampler, 0, sizeof *sampler);
    sampler->allocator = *allocator;
}

void phash_sampler_clear(phash_sampler *sampler)
{
    for (size_t i = 0; i < PHASH_READINGS_MAX; i++) {
        phash_release_secret(&sampler->allocator, sampler->pixels[i], PHASH_SAMPLER_READING_BYTES);
        sampler->pixels[i] = NULL;
    }
    sampler->complete = false;
}

void phash_sampler_forget(phash_sampler *sampler)
{
    sampler->complete = false;
    sampler->n_views = 0;
    sampler->rows = 0;
}

/* Fill n sample positions along one axis of the source, ascending, with the index each has in the bitmap. */
static void place(uint32_t *source, uint32_t *index, uint32_t n, uint32_t size, bool flip)
{
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t i = flip ? n - 1 - k : k;
        const uint32_t at = n != size ? phash_sample_source(i, n, size) : i;
        source[k] = flip ? size - 1 - at : at;
        index[k] = i;
    }
}

static void view_init(phash_sampler_view *view, uint32_t width, uint32_t height, uint32_t orientation)
{
    const bool transposed = turns[orientation].transposed;

    view->picture_width = transposed ? height : width;
    view->picture_height = transposed ? width : height;
    phash_sampled_size(&view->width, &view->height, view->picture_width, view->picture_height);
    view->n_lines = transposed ? view->width : view->height;
    view->n_taps = transposed ? view->height : view->width;
    view->next = 0;
    place(view->line, view->line_at, view->n_lines, height, turns[orientation].flip_rows);
    place(view->tap, view->tap_at, view->n_taps, width, turns[orientation].flip_columns);
    /* So far *_at count along their own axis; the axis that runs down the bitmap counts in rows of it. */
    uint32_t *down = transposed ? view->tap_at : view->line_at;
    for (uint32_t k = 0; k < view->height; k++)
        down[k] *= view->width;
    view->in_order = !transposed && !turns[orientation].flip_columns;
}

static bool has_alpha_channel(const phash_sampler *s)
{
    return s->picture.channels == 2 || s->picture.channels == 4;
}

static size_t bytes_per_pixel(const phash_sampler *s)
{
    return s->picture.channels <= 2 ? 1 : 3;
}

static bool picture_is_possible(const phash_sampler_picture *p)
{
    return p->width != 0 && p->height != 0 && p->channels >= 1 && p->channels <= 4 && p->orientation >= 1 &&
           p->orientation <= 8;
}

phash_status phash_sampler_begin(phash_sampler *sampler, const phash_sampler_picture *picture)
{
    phash_sampler_forget(sampler);
    if (!picture_is_possible(picture))
        return PHASH_E_ARGUMENT;
    sampler->picture = *picture;
    sampler->pass = (phash_sampler_pass){0, 0, 1, 1};
    sampler->translucent = false;
    sampler->want_white = picture->want_alpha != PHASH_ALPHA_DROP || !has_alpha_channel(sampler);
    sampler->want_dropped = picture->want_alpha != PHASH_ALPHA_WHITE && has_alpha_channel(sampler);

    const bool turned = picture->orientation != 1;
    if (picture->want_orientation != PHASH_ORIENTATION_IGNORE || !turned) {
        view_init(&sampler->view[0], picture->width, picture->height, picture->orientation);
        sampler->view[sampler->n_views++].stored = false;
    }
    if (picture->want_orientation != PHASH_ORIENTATION_APPLY && turned) {
        view_init(&sampler->view[sampler->n_views], picture->width, picture->height, 1);
        sampler->view[sampler->n_views++].stored = true;
    }
    for (uint32_t i = 0; i < PHASH_READINGS_MAX; i++) {
        const bool wanted = i % 2 < sampler->n_views && (i / 2 == 0 ? sampler->want_white : sampler->want_dropped);
        if (wanted && sampler->pixels[i] == NULL)
            sampler->pixels[i] = phash_alloc(&sampler->allocator, 1, PHASH_SAMPLER_READING_BYTES);
        if (wanted && sampler->pixels[i] == NULL)
            return PHASH_E_NO_MEMORY;
    }
    return PHASH_OK;
}

void phash_sampler_begin_pass(phash_sampler *sampler, const phash_sampler_pass *pass)
{
    sampler->pass = *pass;
    sampler->rows = 0;
    for (uint32_t v = 0; v < sampler->n_views; v++)
        sampler->view[v].next = 0;
}

const uint32_t *phash_sampler_columns(const phash_sampler *sampler, uint32_t v, uint32_t *n)
{
    const phash_sampler_view *view = &sampler->view[v];

    if (view->next >= view->n_lines || view->line[view->next] != sampler->rows)
        return NULL;
    *n = view->n_taps;
    return view->tap;
}

/* One sample over white, rounded. At most 255 * 255 + 127, so 32 bits are plenty. */
static uint8_t over_white(uint32_t sample, uint32_t alpha)
{
    return (uint8_t)((alpha * sample + (255u - alpha) * 255u + 127u) / 255u);
}

/* The samples of one line, each to its own place. Inlined with constant numbers, so that each copy is a move. */
static inline void scatter(uint8_t *pixels, const uint8_t *row, const phash_sampler_view *view,
                           const phash_sampler_pass *pass, size_t channels, bool composite)
{
    const size_t colours = channels <= 2 ? 1 : 3;
    const uint32_t base = view->line_at[view->next];
    const uint32_t mask = pass->column_step - 1;

    for (uint32_t j = 0; j < view->n_taps; j++) {
        if ((view->tap[j] & mask) != pass->first_column)
            continue;
        const uint8_t *from = row + view->tap[j] * channels;
        uint8_t *to = pixels + (base + view->tap_at[j]) * colours;
        for (size_t c = 0; c < colours; c++)
            to[c] = composite ? over_white(from[c], from[colours]) : from[c];
    }
}

/* The same for samples that go side by side in the order of the row. Told that nothing overlaps, since bytes might be
 * anything. */
static void line_up_grey(uint8_t *restrict to, const uint8_t *restrict row, const uint32_t *restrict tap, uint32_t n)
{
    for (uint32_t j = 0; j < n; j++)
        to[j] = row[tap[j]];
}

/* Four bytes move at once; the fourth is put right by the next pixel. The last pixel of the row has none after it, nor
 * has the last place. */
static void line_up_rgb(uint8_t *restrict to, const uint8_t *restrict row, const uint32_t *restrict tap, uint32_t n,
                        uint32_t width)
{
    uint32_t whole = n - 1;

    while (whole > 0 && tap[whole - 1] + 1 >= width)
        whole--;
    for (uint32_t j = 0; j < whole; j++)
        memcpy(to + j * (size_t)3, row + tap[j] * (size_t)3, 4);
    for (uint32_t j = whole; j < n; j++)
        memcpy(to + j * (size_t)3, row + tap[j] * (size_t)3, 3);
}

/* Copy the samples of one line of a view into a bitmap, as far as the pass has them. */
static void gather(const phash_sampler *s, const phash_sampler_view *view, uint8_t *pixels, const uint8_t *row,
                   bool dropped)
{
    const uint32_t channels = s->picture.channels;

    if (has_alpha_channel(s)) {
        if (channels == 2)
            scatter(pixels, row, view, &s->pass, 2, !dropped);
        else
            scatter(pixels, row, view, &s->pass, 4, !dropped);
    } else if (!view->in_order || s->pass.column_step != 1) {
        if (channels == 1)
            scatter(pixels, row, view, &s->pass, 1, false);
        else
            scatter(pixels, row, view, &s->pass, 3, false);
    } else {
        uint8_t *to = pixels + view->line_at[view->next] * bytes_per_pixel(s);
        if (view->n_taps == s->picture.width)
            memcpy(to, row, (size_t)view->n_taps * channels);
        else if (channels == 1)
            line_up_grey(to, row, view->tap, view->n_taps);
        else
            line_up_rgb(to, row, view->tap, view->n_taps, s->picture.width);
    }
}

static bool row_is_opaque(const phash_sampler *s, const uint8_t *row)
{
    const size_t channels = s->picture.channels;
    const size_t size = s->picture.width * channels;
    uint8_t all = 255;

    for (size_t i = s->pass.first_column * channels + channels - 1; i < size; i += s->pass.column_step * channels)
        all &= row[i];
    return all == 255;
}

uint8_t *phash_sampler_direct_row(const phash_sampler *sampler)
{
    const phash_sampler_view *view = &sampler->view[0];

    if (sampler->n_views != 1 || has_alpha_channel(sampler) || sampler->pass.column_step != 1 || !view->in_order ||
        view->n_taps != sampler->picture.width || view->n_lines != sampler->picture.height ||
        sampler->rows >= view->n_lines)
        return NULL;
    return sampler->pixels[0] + view->line_at[sampler->rows] * bytes_per_pixel(sampler);
}

void phash_sampler_direct_taken(phash_sampler *sampler)
{
    sampler->rows++;
    sampler->view[0].next++;
}

void phash_sampler_row(phash_sampler *sampler, const uint8_t *row)
{
    if (sampler->rows >= sampler->picture.height)
        return;
    const bool in_pass = (sampler->rows & (sampler->pass.row_step - 1)) == sampler->pass.first_row;
    for (uint32_t v = 0; v < sampler->n_views; v++) {
        phash_sampler_view *view = &sampler->view[v];
        /* A picture with a side under 512 is stretched: one row may then serve several lines. */
        while (view->next < view->n_lines && view->line[view->next] == sampler->rows) {
            if (in_pass && sampler->want_white)
                gather(sampler, view, sampler->pixels[v], row, false);
            if (in_pass && sampler->want_dropped)
                gather(sampler, view, sampler->pixels[v + 2], row, true);
            view->next++;
        }
    }
    if (in_pass && has_alpha_channel(sampler) && !sampler->translucent)
        sampler->translucent = !row_is_opaque(sampler, row);
    sampler->rows++;
}

phash_status phash_sampler_end(phash_sampler *sampler)
{
    if (sampler->n_views == 0 || sampler->rows != sampler->picture.height)
        return PHASH_E_INTERNAL;
    sampler->complete = true;
    return PHASH_OK;
}

/* With both wanted, dropping alpha from an opaque picture would only repeat the first reading. */
static bool alpha_is_read_twice(const phash_sampler *s)
{
    return s->want_white && s->want_dropped && s->translucent;
}

uint32_t phash_sampler_count(const phash_sampler *sampler)
{
    if (!sampler->complete)
        return 0;
    return sampler->n_views * (alpha_is_read_twice(sampler) ? 2u : 1u);
}

phash_status phash_sampler_reading(const phash_sampler *sampler, phash_bitmap *bitmap, uint32_t *reading,
                                   uint32_t index)
{
    if (index >= phash_sampler_count(sampler))
        return PHASH_E_ARGUMENT;
    const uint32_t v = index % sampler->n_views;
    const phash_sampler_view *view = &sampler->view[v];
    const bool dropped = index >= sampler->n_views || !sampler->want_white;

    if (reading != NULL)
        *reading = (view->stored ? PHASH_READING_STORED : 0u) |
                   (dropped && sampler->translucent ? PHASH_READING_ALPHA_DROPPED : 0u);
    bitmap->data = sampler->pixels[v + (dropped ? 2 : 0)];
    bitmap->width = view->width;
    bitmap->height = view->height;
    bitmap->stride = view->width * bytes_per_pixel(sampler);
    bitmap->pixels = sampler->picture.channels <= 2 ? PHASH_PIXELS_GREY : PHASH_PIXELS_RGB;
    bitmap->picture_width = view->picture_width;
    bitmap->picture_height = view->picture_height;
    return PHASH_OK;
}
