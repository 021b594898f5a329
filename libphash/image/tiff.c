/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF through libtiff, from memory.
 *
 * libtiff only unpacks strips and tiles; what the samples mean is decided in image/tiff_pixels.c, since its own
 * conversion loses the colours under transparent pixels. A page is read in bands: a strip, or a row of tiles.
 * Source: TIFF Revision 6.0; libtiff 4.5. */
#include "image/codecs.h"

#ifdef PHASH_WITH_TIFF
#include "image/tiff_pixels.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

typedef struct tiff_state {
    phash_codec_job *job;
    TIFF *tif;
    uint64_t at; /* of the file */
    char text[160]; /* the first error, or warning while pixels are read */
    bool reading_pixels;
    phash_tiff_form form;
    bool tiled;
    uint32_t planes;
    uint32_t band_rows;
    uint32_t tile_width;
    uint64_t row_size;  /* of one plane of a band */
    uint64_t unit_size; /* of a strip of all its rows, or a tile */
    uint8_t *band;
    uint64_t band_size; /* all planes */
    uint8_t *tile;      /* one tile */
} tiff_state;

/* --- libtiff's hooks --- */

static PHASH_PRINTF(3, 0) int note(tiff_state *s, const char *module, const char *format, va_list arguments)
{
    if (s->text[0] == '\0') {
        vsnprintf(s->text, sizeof s->text, format, arguments);
        if (s->text[0] == '\0')
            snprintf(s->text, sizeof s->text, "%s", module != NULL ? module : "error");
    }
    return 1; /* nothing is printed */
}

static PHASH_PRINTF(4, 0) int on_error(TIFF *tif, void *user, const char *module, const char *format,
                                      va_list arguments)
{
    (void)tif;
    return note(user, module, format, arguments);
}

/* Unknown tags and the like are of no interest; while pixels are read any warning may mean that some are lost. */
static PHASH_PRINTF(4, 0) int on_warning(TIFF *tif, void *user, const char *module, const char *format,
                                        va_list arguments)
{
    const tiff_state *s = user;

    (void)tif;
    return s->reading_pixels ? note(user, module, format, arguments) : 1;
}

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t size)
{
    tiff_state *s = (tiff_state *)handle;
    const uint64_t left = s->at < s->job->size ? s->job->size - s->at : 0;
    const uint64_t n = size < 0 ? 0 : (uint64_t)size < left ? (uint64_t)size : left;

    if (n != 0)
        memcpy(out, s->job->bytes + s->at, (size_t)n);
    s->at += n;
    return (tmsize_t)n;
}

static tmsize_t on_write(thandle_t handle, void *data, tmsize_t size)
{
    (void)handle;
    (void)data;
    (void)size;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int from)
{
    tiff_state *s = (tiff_state *)handle;

    s->at = from == SEEK_SET ? offset : from == SEEK_CUR ? s->at + offset : s->job->size + offset;
    return s->at;
}

static int on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle)
{
    return ((tiff_state *)handle)->job->size;
}

/* --- errors --- */

static phash_status fail(const tiff_state *s, phash_status status, const char *what)
{
    return phash_fail(s->job->diag, status, "TIFF: %s", what);
}

/* libtiff has no codes for its errors, only texts. Which one it was decides only what is advised. */
static phash_status fail_as_libtiff_says(const tiff_state *s, uint32_t row)
{
    static const struct {
        const char *text;
        phash_status status;
    } known[] = {{"(0 elements", PHASH_E_TRUNCATED}, {"IO error", PHASH_E_TRUNCATED},
                 {"exceeds", PHASH_E_LIMIT},        {"emory", PHASH_E_NO_MEMORY},
                 {"No space", PHASH_E_NO_MEMORY},   {"allocation", PHASH_E_NO_MEMORY},
                 {"Read error", PHASH_E_TRUNCATED}, {"Not enough data", PHASH_E_TRUNCATED},
                 {"not configured", PHASH_E_UNSUPPORTED}, {"Premature", PHASH_E_TRUNCATED},
                 {"an not read", PHASH_E_TRUNCATED}};
    phash_status status = PHASH_E_MALFORMED;

    for (size_t i = 0; i < sizeof known / sizeof *known && status == PHASH_E_MALFORMED; i++)
        if (strstr(s->text, known[i].text) != NULL)
            status = known[i].status;
    return phash_fail(s->job->diag, status, "TIFF: %s (row %" PRIu32 ")",
                      s->text[0] != '\0' ? s->text : "the directory or the pixels are damaged", row);
}

/* --- the directory --- */

static uint32_t field_16(const tiff_state *s, uint32_t tag)
{
    uint16_t v = 0;

    return TIFFGetFieldDefaulted(s->tif, tag, &v) ? v : 0;
}

static uint32_t field_32(const tiff_state *s, uint32_t tag)
{
    uint32_t v = 0;

    return TIFFGetFieldDefaulted(s->tif, tag, &v) ? v : 0;
}

/* Codecs that libtiff has of itself, or with zlib and libjpeg. The others are rare, and code of strangers. */
static bool compression_is_known(uint32_t compression)
{
    static const uint16_t known[] = {COMPRESSION_NONE,      COMPRESSION_CCITTRLE,  COMPRESSION_CCITTFAX3,
                                     COMPRESSION_CCITTFAX4, COMPRESSION_LZW,       COMPRESSION_JPEG,
                                     COMPRESSION_PACKBITS,  COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (compression == known[i])
            return true;
    return false;
}

static phash_status unsupported(const tiff_state *s, const char *what, uint32_t value)
{
    return phash_fail(s->job->diag, PHASH_E_UNSUPPORTED, "TIFF: %s %" PRIu32 " is not decoded", what, value);
}

static phash_status read_colour(tiff_state *s, uint32_t compression)
{
    const uint32_t photometric = field_16(s, TIFFTAG_PHOTOMETRIC);
    phash_tiff_form *form = &s->form;
    uint16_t present = 0;

    if (!TIFFGetField(s->tif, TIFFTAG_PHOTOMETRIC, &present))
        return fail(s, PHASH_E_MALFORMED, "the directory does not say what colours the samples are");
    switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        form->colour = PHASH_TIFF_GREY;
        form->white_is_zero = photometric == PHOTOMETRIC_MINISWHITE;
        return PHASH_OK;
    case PHOTOMETRIC_RGB: form->colour = PHASH_TIFF_RGB; return PHASH_OK;
    case PHOTOMETRIC_PALETTE: form->colour = PHASH_TIFF_PALETTE; return PHASH_OK;
    case PHOTOMETRIC_SEPARATED:
        form->colour = PHASH_TIFF_CMYK;
        if (field_16(s, TIFFTAG_INKSET) != INKSET_CMYK)
            return unsupported(s, "the set of inks", field_16(s, TIFFTAG_INKSET));
        return PHASH_OK;
    case PHOTOMETRIC_YCBCR: /* libjpeg makes RGB of it */
        form->colour = PHASH_TIFF_RGB;
        if (compression == COMPRESSION_JPEG && !form->planar &&
            TIFFSetField(s->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB))
            return PHASH_OK;
        break;
    default: break;
    }
    return unsupported(s, "colour space", photometric);
}

static phash_status read_palette(tiff_state *s)
{
    uint16_t *map[3] = {NULL, NULL, NULL};
    bool wide = false;

    if (s->form.colour != PHASH_TIFF_PALETTE)
        return PHASH_OK;
    if (s->form.bits > 8)
        return unsupported(s, "a palette with samples of bits", s->form.bits);
    if (!TIFFGetField(s->tif, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
        return fail(s, PHASH_E_MALFORMED, "there is no palette");
    for (int c = 0; c < 3; c++) {
        s->form.palette[c] = map[c];
        for (uint32_t i = 0; i < 1u << s->form.bits; i++)
            wide |= map[c][i] > 255;
    }
    s->form.palette_is_8_bit = !wide;
    return PHASH_OK;
}

static phash_status read_alpha(tiff_state *s)
{
    static const uint32_t colours[] = {[PHASH_TIFF_GREY] = 1, [PHASH_TIFF_PALETTE] = 1, [PHASH_TIFF_RGB] = 3,
                                       [PHASH_TIFF_CMYK] = 4};
    const uint32_t n = colours[s->form.colour];
    uint16_t extras = 0;
    uint16_t *kinds = NULL;

    if (s->form.samples < n)
        return fail(s, PHASH_E_MALFORMED, "too few samples for the colours");
    if (TIFFGetFieldDefaulted(s->tif, TIFFTAG_EXTRASAMPLES, &extras, &kinds) && extras != 0 && kinds != NULL &&
        s->form.samples > n) {
        s->form.has_alpha = kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA;
        s->form.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
    }
    return PHASH_OK;
}

static phash_status read_form(tiff_state *s)
{
    const uint32_t compression = field_16(s, TIFFTAG_COMPRESSION);
    const uint32_t format = field_16(s, TIFFTAG_SAMPLEFORMAT);
    phash_tiff_form *form = &s->form;

    form->bits = field_16(s, TIFFTAG_BITSPERSAMPLE);
    form->samples = field_16(s, TIFFTAG_SAMPLESPERPIXEL);
    form->planar = form->samples > 1 && field_16(s, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
    if (!compression_is_known(compression))
        return unsupported(s, "compression", compression);
    if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
        return unsupported(s, "sample format", format);
    if (form->samples < 1 || form->samples > PHASH_TIFF_SAMPLES_MAX)
        return unsupported(s, "the number of samples", form->samples);
    const uint32_t b = form->bits;
    if (b != 8 && b != 16 && (form->samples != 1 || (b != 1 && b != 2 && b != 4)))
        return unsupported(s, "a picture with samples of bits", b);
    phash_status st = read_colour(s, compression);
    if (st == PHASH_OK)
        st = read_palette(s);
    return st == PHASH_OK ? read_alpha(s) : st;
}

static uint64_t read_integer(phash_reader *in, uint32_t size, bool big_endian)
{
    const uint8_t *p = phash_read_bytes(in, size);
    uint64_t v = 0;

    for (uint32_t i = 0; p != NULL && i < size; i++)
        v = v << 8 | p[big_endian ? i : size - 1 - i];
    return v;
}

/* Every strip or tile must lie within the file. */
static phash_status check_places(const tiff_state *s)
{
    const uint32_t n = s->tiled ? TIFFNumberOfTiles(s->tif) : TIFFNumberOfStrips(s->tif);

    for (uint32_t i = 0; i < n; i++) {
        const uint64_t at = TIFFGetStrileOffset(s->tif, i);
        const uint64_t size = TIFFGetStrileByteCount(s->tif, i);
        if (at > s->job->size || size > s->job->size - at)
            return phash_fail(s->job->diag, PHASH_E_TRUNCATED,
                              "TIFF: strip or tile %" PRIu32 " of %" PRIu32 " lies beyond the end of the file", i, n);
        if (phash_codec_late(s->job, 16))
            return phash_codec_timeout(s->job, 0);
    }
    return PHASH_OK;
}

/* libtiff passes over entries whose values are cut off, and over a cut in the offset of the next directory. Here a file
 * that ends early is refused, even by a byte. Source: TIFF 6.0, s. 2; libtiff, "BigTIFF Design". */
static phash_status check_directory(const tiff_state *s)
{
    static const uint8_t sizes[19] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}; /* by type */
    const bool big_endian = TIFFIsBigEndian(s->tif) != 0;
    const bool big = TIFFIsBigTIFF(s->tif) != 0;
    const uint64_t at = TIFFCurrentDirOffset(s->tif);
    const uint32_t word = big ? 8 : 4;
    uint64_t value[3]; /* of an entry: type, count, offset */
    phash_reader in = phash_reader_init(s->job->bytes, s->job->size);

    (void)phash_read_bytes(&in, at <= SIZE_MAX ? (size_t)at : SIZE_MAX);
    const uint64_t n = read_integer(&in, big ? 8 : 2, big_endian);
    for (uint64_t i = 0; i < n && !in.failed; i++) {
        (void)phash_read_bytes(&in, 2);
        value[0] = read_integer(&in, 2, big_endian);
        value[1] = read_integer(&in, word, big_endian);
        value[2] = read_integer(&in, word, big_endian);
        const uint64_t size = value[0] < sizeof sizes ? sizes[value[0]] : 0;
        if (size == 0 || value[1] <= word / size)
            continue;
        if (value[2] > s->job->size || value[1] > (s->job->size - value[2]) / size)
            return fail(s, PHASH_E_TRUNCATED, "a value of the directory lies beyond the end of the file");
    }
    (void)phash_read_bytes(&in, word); /* the next directory */
    return in.failed ? fail(s, PHASH_E_TRUNCATED, "the file ends within the directory") : PHASH_OK;
}

/* --- bands --- */

static phash_status begin_bands(tiff_state *s)
{
    const uint32_t height = s->job->info.height;
    phash_status st;

    s->planes = s->form.planar ? s->form.samples : 1;
    s->band_rows = field_32(s, s->tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP);
    s->tile_width = s->tiled ? field_32(s, TIFFTAG_TILEWIDTH) : s->job->info.width;
    if (s->band_rows == 0 || s->tile_width == 0)
        return fail(s, PHASH_E_MALFORMED, "strips or tiles without rows");
    if (!s->tiled && s->band_rows > height)
        s->band_rows = height;
    s->unit_size = s->tiled ? TIFFTileSize64(s->tif) : TIFFVStripSize64(s->tif, s->band_rows);
    s->row_size = s->tiled ? TIFFTileRowSize64(s->tif) : TIFFScanlineSize64(s->tif);
    if (s->unit_size == 0 || s->row_size == 0 || s->unit_size / s->row_size < s->band_rows)
        return fail_as_libtiff_says(s, 0);
    const uint64_t across = (s->job->info.width + (uint64_t)s->tile_width - 1) / s->tile_width;
    const uint64_t bits = (uint64_t)s->tile_width * s->form.bits * (s->form.planar ? 1 : s->form.samples);
    if (s->row_size < (bits + 7) / 8 || s->unit_size > s->job->limits.max_memory || s->unit_size >> 40 != 0)
        return s->row_size < (bits + 7) / 8 ? fail(s, PHASH_E_UNSUPPORTED, "rows of an unexpected form")
                                            : phash_codec_claim(s->job, s->unit_size, "a strip or tile");
    /* At most 65,500 tiles and 16 planes of at most 2^40 bytes: no product below overflows 64 bits. */
    s->row_size *= across;
    st = phash_codec_claim(s->job, s->unit_size, "libtiff");
    if (st == PHASH_OK)
        st = phash_codec_hold(s->job, &s->band, s->row_size * s->band_rows * s->planes, "strips or tiles");
    if (st == PHASH_OK)
        s->band_size = s->row_size * s->band_rows * s->planes;
    if (st == PHASH_OK && s->tiled)
        st = phash_codec_hold(s->job, &s->tile, s->unit_size, "a tile");
    return st;
}

static bool read_strip(tiff_state *s, uint32_t first, uint32_t rows, uint32_t plane)
{
    const tmsize_t size = (tmsize_t)(s->row_size * rows);
    const uint32_t strip = TIFFComputeStrip(s->tif, first, (uint16_t)plane);

    return TIFFReadEncodedStrip(s->tif, strip, s->band + s->row_size * s->band_rows * plane, size) == size;
}

static bool read_tiles(tiff_state *s, uint32_t first, uint32_t plane)
{
    const uint64_t tile_row = TIFFTileRowSize64(s->tif);
    uint8_t *to = s->band + s->row_size * s->band_rows * plane;

    for (uint32_t x = 0; x < s->job->info.width; x += s->tile_width, to += tile_row) {
        const uint32_t tile = TIFFComputeTile(s->tif, x, first, 0, (uint16_t)plane);
        if (TIFFReadEncodedTile(s->tif, tile, s->tile, (tmsize_t)s->unit_size) != (tmsize_t)s->unit_size)
            return false;
        for (uint32_t y = 0; y < s->band_rows; y++)
            memcpy(to + s->row_size * y, s->tile + tile_row * y, (size_t)tile_row);
    }
    return true;
}

static phash_status read_band(tiff_state *s, uint32_t first, uint32_t rows)
{
    const uint8_t *plane[PHASH_TIFF_SAMPLES_MAX];
    phash_codec_job *job = s->job;

    for (uint32_t p = 0; p < s->planes; p++)
        if (!(s->tiled ? read_tiles(s, first, p) : read_strip(s, first, rows, p)) || s->text[0] != '\0')
            return fail_as_libtiff_says(s, first);
    for (uint32_t y = 0; y < rows; y++) {
        for (uint32_t p = 0; p < s->planes; p++)
            plane[p] = s->band + s->row_size * ((uint64_t)s->band_rows * p + y);
        phash_tiff_convert(&s->form, job->row->data, plane, job->info.width);
        phash_sampler_row(job->sampler, job->row->data);
        if (phash_codec_late(job, job->info.width))
            return phash_codec_timeout(job, first + y);
    }
    return PHASH_OK;
}

static phash_status read_page(tiff_state *s)
{
    phash_codec_job *job = s->job;
    const uint32_t orientation = field_16(s, TIFFTAG_ORIENTATION);

    job->info.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    s->tiled = TIFFIsTiled(s->tif) != 0;
    phash_status st =
        phash_codec_check_size(job, field_32(s, TIFFTAG_IMAGEWIDTH), field_32(s, TIFFTAG_IMAGELENGTH));
    if (st == PHASH_OK)
        st = read_form(s);
    if (st == PHASH_OK)
        st = check_directory(s);
    if (st == PHASH_OK)
        st = check_places(s);
    s->text[0] = '\0';
    if (st == PHASH_OK)
        st = begin_bands(s);
    const uint32_t channels = phash_tiff_channels(&s->form);
    if (st == PHASH_OK)
        st = phash_codec_begin(job, &(phash_codec_rows){job->info.width, job->info.height, channels,
                                                        (size_t)job->info.width * channels});
    s->reading_pixels = true;
    for (uint32_t y = 0; st == PHASH_OK && y < job->info.height; y += s->band_rows) {
        const uint32_t left = job->info.height - y;
        st = read_band(s, y, left < s->band_rows ? left : s->band_rows);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

static TIFF *open_memory(tiff_state *s)
{
    const uint64_t max = s->job->limits.max_memory;
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFF *tif = NULL;

    if (options == NULL)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, max < INT64_MAX ? (tmsize_t)max : INT64_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, s);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, s);
    /* m: nothing is mapped, so what is read is copied, with bounds. */
    tif = TIFFClientOpenExt("the file", "rm", (thandle_t)s, on_read, on_write, on_seek, on_close,
                            on_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tif;
}

/* Open the file, at its first page, and count the pages. */
static phash_status prepare(tiff_state *s)
{
    s->tif = open_memory(s);
    if (s->tif == NULL)
        return fail_as_libtiff_says(s, 0);
    s->job->info.frames = (uint32_t)TIFFNumberOfDirectories(s->tif);
    return s->job->info.frames == 0 || s->text[0] != '\0' ? fail_as_libtiff_says(s, 0) : PHASH_OK;
}

static void release_page(tiff_state *s)
{
    phash_codec_release(s->job, s->band, s->band_size);
    phash_codec_release(s->job, s->tile, s->unit_size);
    s->band = s->tile = NULL;
}

phash_status phash_tiff_read(phash_codec_job *job)
{
    tiff_state s = {.job = job};
    phash_status st = prepare(&s);

    if (st == PHASH_OK) {
        const uint32_t page = phash_codec_choose_frame(job, job->info.frames);
        st = page != 0 && !TIFFSetDirectory(s.tif, (tdir_t)page) ? fail_as_libtiff_says(&s, 0) : read_page(&s);
    }
    if (s.tif != NULL)
        TIFFClose(s.tif);
    release_page(&s);
    return st;
}

/* --- one page after another --- */

static phash_status walk_begin(phash_codec_job *job)
{
    tiff_state *s = phash_alloc(job->allocator, 1, sizeof *s);

    if (s == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "TIFF: no memory to begin");
    s->job = job;
    job->state = s;
    return prepare(s);
}

/* TIFFSetDirectory would follow the chain of pages from the first one each time. */
static phash_status walk_next(phash_codec_job *job)
{
    tiff_state *s = job->state;
    const uint64_t held = job->held;

    s->text[0] = '\0';
    s->reading_pixels = false;
    const phash_status st = job->frame != 0 && !TIFFReadDirectory(s->tif) ? fail_as_libtiff_says(s, 0) : read_page(s);
    release_page(s);
    job->held = held;
    return st;
}

static void walk_end(phash_codec_job *job)
{
    tiff_state *s = job->state;

    if (s == NULL)
        return;
    if (s->tif != NULL)
        TIFFClose(s->tif);
    phash_release_secret(job->allocator, s, sizeof *s);
    job->state = NULL;
}

const phash_codec_walk phash_tiff_walk = {walk_begin, walk_next, walk_end, true};
#endif
