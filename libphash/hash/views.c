/* SPDX-License-Identifier: Apache-2.0 */
/* Edited views of a picture, gathered from its filtered plane (docs/pdq.md, "Views"). Positions are integers computed
 * with integers, so that every machine looks at the same samples. */
#include "hash/border.h"
#include "hash/fingerprint.h"
#include "hash/hasher.h"
#include "hash/margin.h"
#include "hash/view_list.h"

#include <stdbool.h>
#include <string.h>

enum {
    SIDE = PHASH_GRID_SIDE,
    LINES_MAX = PHASH_SAMPLED_SIDE + 2 * PHASH_MARGIN_LINES,
    /* Turned views round places to 1024 a side. Six degrees in a picture four times as wide as high, extended by a
     * tenth, reach 0.36 sides beyond the edges. */
    PLACES = 1024,
    PLACES_BEYOND = PLACES / 2,
    ASPECT_MAX = 4,
    PLACES_ALL = PLACES + 2 * PLACES_BEYOND
};

/* What one call works with. */
typedef struct gathering {
    phash_hasher *hasher;
    const phash_plane *plane; /* filtered */
    uint32_t rows[SIDE];      /* where the picture itself is sampled */
    uint32_t cols[SIDE];
    bool has_margins; /* else the plane is too large for them and for what follows, which is NULL then */
    const float *of_rows;    /* half that views share: a line per row of the plane, sampled at cols */
    const float *of_columns; /* a line per column of the plane, sampled at rows */
    uint32_t row_at[PLACES_ALL]; /* for turned views: offset of the row at a place, in floats */
    uint32_t col_at[PLACES_ALL];
    int64_t aspect; /* width / height of the picture, in 2^-16 */
    int64_t aspect_inverse;
} gathering;

static bool is_wanted(const phash_view *view, phash_views views)
{
    switch (view->kind) {
    case PHASH_VIEW_ORIGINAL: return true;
    case PHASH_VIEW_FLIP: return (views & PHASH_VIEWS_FLIPS) != 0;
    default: return (views & PHASH_VIEWS_EDITS) != 0;
    }
}

static size_t count_wanted(phash_views views)
{
    size_t n = 0;

    for (size_t id = 0; id < phash_view_count; id++)
        n += is_wanted(&phash_view_list[id], views);
    return n;
}

/* Sample positions along a side of n when `before` and `after` thousandths of it are cut off (below 0: added). Those
 * of the picture itself round as stage E does; others to the nearest sample. */
static void place(uint32_t at[SIDE], size_t n, int before, int after, bool has_margins)
{
    const int64_t whole = 2 * SIDE * 1000;
    const bool plain = before == 0 && after == 0;

    for (int i = 0; i < (int)SIDE; i++) {
        const int64_t share = before * (int64_t)(2 * SIDE) + (1000 - before - after) * (int64_t)(2 * i + 1);
        const int64_t position = (share * (int64_t)n * 2 + (plain ? 0 : whole)) / (2 * whole);
        if (share < 0 || share > whole)
            at[i] = phash_margin_index(share > whole, share < 0 ? -share : share - whole, whole, n, has_margins);
        else
            at[i] = position < (int64_t)n ? (uint32_t)position : (uint32_t)n - 1;
    }
}

/* Offsets of the samples at all places that a turned view may look at, `step` floats apart. */
static void place_all(uint32_t at[PLACES_ALL], size_t n, size_t step, bool has_margins)
{
    for (size_t i = 0; i < PLACES; i++)
        at[PLACES_BEYOND + i] = (uint32_t)(i * n / PLACES * step);
    for (size_t i = 0; i < PLACES_BEYOND; i++) {
        at[PLACES_BEYOND - 1 - i] = (uint32_t)(step * phash_margin_index(false, (int64_t)i, PLACES, n, has_margins));
        at[PLACES_BEYOND + PLACES + i] =
            (uint32_t)(step * phash_margin_index(true, (int64_t)i, PLACES, n, has_margins));
    }
}

static void scale(uint32_t out[SIDE], const uint32_t in[SIDE], size_t factor)
{
    for (size_t i = 0; i < SIDE; i++)
        out[i] = (uint32_t)(in[i] * factor);
}

static void count_up(uint32_t *out, size_t n, size_t step)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)(i * step);
}

static void transpose(float out[PHASH_DCT_SIZE], const float in[PHASH_DCT_SIZE])
{
    for (size_t i = 0; i < PHASH_DCT_SIDE; i++)
        for (size_t j = 0; j < PHASH_DCT_SIDE; j++)
            out[PHASH_DCT_SIDE * i + j] = in[PHASH_DCT_SIDE * j + i];
}

/* Both kinds of halves, in the memory that the filter no longer needs. */
static void share_halves(gathering *g)
{
    const phash_plane *plane = g->plane;
    float *of_rows = g->hasher->space.spare;
    float *of_columns = of_rows + (size_t)PHASH_DCT_LINE * LINES_MAX;
    uint32_t starts[LINES_MAX];
    uint32_t steps[SIDE];

    if (!g->has_margins)
        return;
    count_up(starts, plane->rows + 2 * PHASH_MARGIN_LINES, plane->pitch);
    g->hasher->half_dct.lines(of_rows, plane->data, starts, plane->rows + 2 * PHASH_MARGIN_LINES, g->cols);
    count_up(starts, plane->cols + 2 * PHASH_MARGIN_LINES, 1);
    scale(steps, g->rows, plane->pitch);
    g->hasher->half_dct.lines(of_columns, plane->data, starts, plane->cols + 2 * PHASH_MARGIN_LINES, steps);
    g->of_rows = of_rows;
    g->of_columns = of_columns;
}

/* Rows and columns at given places: lines of rows first, then across them; or lines of columns first when only the
 * columns moved. The order depends on the view alone, because it shows in the last bits. */
static void straight(float out[PHASH_DCT_SIZE], const gathering *g, const phash_view *view)
{
    const phash_half_dct_kernels *k = &g->hasher->half_dct;
    const bool columns_only = view->top == 0 && view->bottom == 0;
    const bool rows_only = view->left == 0 && view->right == 0;
    const float *shared = columns_only ? g->of_columns : rows_only ? g->of_rows : NULL;
    float turned[PHASH_DCT_SIZE];
    float half[SIDE * PHASH_DCT_LINE];
    uint32_t rows[SIDE];
    uint32_t cols[SIDE];
    uint32_t row_starts[SIDE];
    uint32_t in_order[SIDE];

    place(rows, g->plane->rows, view->top, view->bottom, g->has_margins);
    place(cols, g->plane->cols, view->left, view->right, g->has_margins);
    if (shared != NULL) {
        k->across(columns_only ? turned : out, shared, columns_only ? cols : rows);
    } else {
        scale(row_starts, rows, g->plane->pitch);
        count_up(in_order, SIDE, 1);
        k->lines(half, g->plane->data, columns_only ? cols : row_starts, SIDE, columns_only ? row_starts : cols);
        k->across(columns_only ? turned : out, half, in_order);
    }
    if (columns_only)
        transpose(out, turned);
}

/* The source of grid place (v down, u across), both in 1/128 of the sides from the centre: turned in the proportions
 * of the picture, then scaled. In 2^-16 of PLACES a side. */
typedef struct turn_matrix {
    int32_t down_down, down_across; /* of the row: times v, times u */
    int32_t across_down, across_across;
} turn_matrix;

static turn_matrix matrix_of(const gathering *g, const phash_view *view)
{
    /* cos and sin of 0, 0.5 .. 6 degrees times 2^20, rounded */
    static const int64_t cosines[] = {1048576, 1048536, 1048416, 1048217, 1047937, 1047578, 1047139,
                                      1046620, 1046022, 1045344, 1044586, 1043749, 1042832};
    static const int64_t sines[] = {0,     9150,  18300, 27449, 36595, 45738, 54878,
                                    64014, 73145, 82270, 91389, 100502, 109606};
    const int angle = view->half_degrees < 0 ? -view->half_degrees : view->half_degrees;
    const int64_t size = 1000 - view->left - view->right;
    const int64_t c = cosines[angle] * size;
    const int64_t s = (view->half_degrees < 0 ? -1 : 1) * sines[angle] * size;
    const int64_t unit = 1000 * (((int64_t)1 << 20) / (((int64_t)PLACES / (2 * SIDE)) << 16));

    return (turn_matrix){(int32_t)(c / unit), (int32_t)(s * g->aspect / 65536 / unit),
                         (int32_t)(-s * g->aspect_inverse / 65536 / unit), (int32_t)(c / unit)};
}

/* Places are sums of a part that goes with the row of the grid and one that goes with the column. */
static void turned(float out[PHASH_DCT_SIZE], const gathering *g, const phash_view *view)
{
    const turn_matrix m = matrix_of(g, view);
    const int32_t centre = (int32_t)PLACES_ALL << 15;
    int32_t row_across[SIDE];
    int32_t column_across[SIDE];
    float grid[PHASH_GRID_SIZE];

    for (int32_t j = 0; j < (int32_t)SIDE; j++) {
        row_across[j] = m.down_across * (2 * j + 1 - (int32_t)SIDE);
        column_across[j] = m.across_across * (2 * j + 1 - (int32_t)SIDE);
    }
    for (int32_t i = 0; i < (int32_t)SIDE; i++) {
        const int32_t row_down = centre + m.down_down * (2 * i + 1 - (int32_t)SIDE);
        const int32_t column_down = centre + m.across_down * (2 * i + 1 - (int32_t)SIDE);
        for (int32_t j = 0; j < (int32_t)SIDE; j++) {
            const uint32_t y = g->row_at[(uint32_t)(row_down + row_across[j]) >> 16];
            const uint32_t x = g->col_at[(uint32_t)(column_down + column_across[j]) >> 16];
            grid[(int32_t)SIDE * i + j] = g->plane->data[y + x];
        }
    }
    g->hasher->dct.grid(out, grid);
}

static void make_view(phash_fingerprint *out, const gathering *g, const phash_view *view, int32_t quality)
{
    float coefficients[PHASH_DCT_SIZE];

    if (view->kind == PHASH_VIEW_FLIP)
        phash_dihedral_turn(coefficients, g->hasher->coefficients, view->flip);
    else if (view->half_degrees != 0)
        turned(coefficients, g, view);
    else
        straight(coefficients, g, view);
    phash_fingerprint_bits(out, coefficients);
    out->quality = quality;
}

/* What is inside a border is a picture of its own: it is filtered anew and has its own quality. */
static bool make_border(phash_fingerprint *out, phash_hasher *h)
{
    phash_plane inner;

    if (!phash_border_find(&inner, &h->plane) || inner.rows < PHASH_PLANE_SIDE_MIN ||
        inner.cols < PHASH_PLANE_SIDE_MIN)
        return false;
    phash_plane_to_grid(h->grid, &inner, &h->space, &h->box);
    phash_hasher_finish(h, out);
    return true;
}

/* The picture itself goes last through hasher->grid, where phash_hasher_grid finds it. A plane of 64 x 64 is its own
 * grid, as in phash_hasher_run. */
static void make_original(phash_fingerprint *out, const gathering *g)
{
    phash_hasher *h = g->hasher;
    const bool is_grid = h->plane.rows == SIDE && h->plane.cols == SIDE;

    for (size_t i = 0; i < SIDE && is_grid; i++)
        memcpy(h->grid + SIDE * i, h->plane.data + i * h->plane.pitch, SIDE * sizeof *h->grid);
    phash_plane_filter(&h->plane, &h->space, &h->box);
    for (size_t i = 0; i < SIDE && !is_grid; i++)
        for (size_t j = 0; j < SIDE; j++)
            h->grid[SIDE * i + j] = h->plane.data[g->rows[i] * h->plane.pitch + g->cols[j]];
    phash_hasher_finish(h, out);
}

/* In 2^-16, at most ASPECT_MAX. */
static int64_t ratio(uint32_t a, uint32_t b)
{
    const uint64_t quotient = ((uint64_t)a << 16) / b;
    const uint64_t most = (uint64_t)ASPECT_MAX << 16;

    return (int64_t)(quotient < most ? quotient : most);
}

static void prepare(gathering *g, phash_hasher *h, const phash_bitmap *bitmap)
{
    g->hasher = h;
    g->plane = &h->plane;
    const bool sampled = bitmap->picture_width != 0 && bitmap->picture_height != 0;
    const uint32_t width = sampled ? bitmap->picture_width : bitmap->width;
    const uint32_t height = sampled ? bitmap->picture_height : bitmap->height;
    g->aspect = ratio(width, height);
    g->aspect_inverse = ratio(height, width);
    g->has_margins = phash_margin_fits(h->plane.rows, h->plane.cols);
    g->of_rows = NULL;
    g->of_columns = NULL;
    place(g->rows, h->plane.rows, 0, 0, false);
    place(g->cols, h->plane.cols, 0, 0, false);
    place_all(g->row_at, h->plane.rows, h->plane.pitch, g->has_margins);
    place_all(g->col_at, h->plane.cols, 1, g->has_margins);
}

static size_t make_all(phash_fingerprint *out, uint32_t *ids, phash_hasher *h, const phash_bitmap *bitmap,
                       phash_scaling scaling, phash_views views)
{
    phash_fingerprint border;
    gathering g;
    size_t n = 0;
    const bool has_border = make_border(&border, h);

    /* Filtering what is inside the border may have used up the plane. What was loaded once loads again. */
    if (has_border && phash_hasher_load(h, bitmap, scaling, true) != PHASH_OK)
        return 0;
    prepare(&g, h, bitmap);
    make_original(&out[0], &g);
    if (g.has_margins)
        phash_margin_fill(&h->plane);
    share_halves(&g);
    for (uint32_t id = 0; id < phash_view_count; id++) {
        const phash_view *view = &phash_view_list[id];
        if (!is_wanted(view, views) || (view->kind == PHASH_VIEW_BORDER && !has_border))
            continue;
        if (view->kind == PHASH_VIEW_BORDER)
            out[n] = border;
        else if (view->kind != PHASH_VIEW_ORIGINAL)
            make_view(&out[n], &g, view, out[0].quality);
        ids[n++] = id;
    }
    return n;
}

/* One grid is enough for the flips; it is the one of hasher->grid after phash_hasher_run. */
static size_t make_flips(phash_fingerprint *out, uint32_t *ids, phash_hasher *h, phash_views views)
{
    const gathering g = {.hasher = h};
    size_t n = 0;

    for (uint32_t id = 0; id < phash_view_count; id++) {
        if (!is_wanted(&phash_view_list[id], views))
            continue;
        if (phash_view_list[id].kind == PHASH_VIEW_FLIP)
            make_view(&out[n], &g, &phash_view_list[id], out[0].quality);
        ids[n++] = id;
    }
    return n;
}

static bool is_too_small(const phash_bitmap *bitmap, phash_scaling scaling)
{
    uint32_t width = bitmap->width;
    uint32_t height = bitmap->height;

    if (scaling == PHASH_SCALING_512)
        phash_sampled_size(&width, &height, width, height);
    return width < PHASH_PLANE_SIDE_MIN || height < PHASH_PLANE_SIDE_MIN;
}

phash_status phash_hasher_views(phash_hasher *hasher, phash_fingerprint *out, uint32_t *ids, size_t *n,
                                size_t capacity, const phash_bitmap *bitmap, phash_scaling scaling,
                                phash_views views)
{
    if (hasher == NULL || out == NULL || ids == NULL || n == NULL || bitmap == NULL)
        return PHASH_E_ARGUMENT;
    if (((unsigned)views & ~(unsigned)PHASH_VIEWS_ALL) != 0)
        return PHASH_E_ARGUMENT;
    if (capacity < count_wanted(views)) {
        *n = count_wanted(views);
        return PHASH_E_BUFFER_TOO_SMALL;
    }
    const bool alone = is_too_small(bitmap, scaling);
    const bool edits = (views & PHASH_VIEWS_EDITS) != 0 && !alone;
    const phash_status st =
        edits ? phash_hasher_load(hasher, bitmap, scaling, true) : phash_hasher_run(hasher, out, bitmap, scaling);
    if (st != PHASH_OK)
        return st;
    if (edits)
        *n = make_all(out, ids, hasher, bitmap, scaling, views);
    else
        *n = make_flips(out, ids, hasher, alone ? PHASH_VIEWS_NONE : views);
    return PHASH_OK;
}

const char *phash_view_name(uint32_t id)
{
    return id < phash_view_count ? phash_view_list[id].name : "unknown";
}
