/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg-turbo (libjpeg API 6.2).
 *
 * libjpeg was made to show as much of a damaged picture as it can. Here the opposite is wanted: every warning that
 * may mean lost pixels ends the decoding, and so do incomplete pictures that libjpeg passes without a word.
 * Source: libjpeg.txt and jerror.h of libjpeg-turbo 2.1; ITU-T T.81. */
#include "image/codec_job.h"
#include "image/codecs.h"
#include "image/exif.h"
#include "image/jpeg_sparse.h"
#include "util/diag.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#define HARMLESS_MAX 1000 /* warnings that lose nothing; more is no honest file */
#define COMPONENTS_MAX 4

/* Sparse colours cost more for each pixel that is looked at and less for each that is not, and memory of ours. */
#define SPARSE_PIXELS_MIN ((uint64_t)3 << 19)
#define SPARSE_MEMORY_MAX ((size_t)1 << 20)

/* libjpeg-turbo writes colours past the caches into rows that are aligned so: good for who never looks at them again,
 * and slow for us. The row buffer is used from its second byte on. */
#define STREAMED 32

/* All state lives here and is reached through pointers, so that nothing the decoder changes after setjmp is a local
 * variable of the function that calls setjmp. */
typedef struct jpeg_state {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    phash_codec_job *job;
    phash_status status;
    uint32_t harmless;
    bool scanned[COMPONENTS_MAX]; /* some scan had this component */
    bool oriented;                /* an orientation was found */
    phash_jpeg_sparse sparse;
} jpeg_state;

static _Noreturn void stop(jpeg_state *s, phash_status status)
{
    s->status = status;
    longjmp(s->jump, 1);
}

static size_t offset(const jpeg_state *s)
{
    return s->cinfo.src != NULL ? s->job->size - s->cinfo.src->bytes_in_buffer : 0;
}

static phash_status fail_here(jpeg_state *s, phash_status status, const char *what)
{
    return phash_fail(s->job->diag, status, "JPEG: %s (byte %zu, scan %d, row %u)", what, offset(s),
                      s->cinfo.input_scan_number, (unsigned)s->cinfo.output_scanline);
}

/* --- messages of libjpeg --- */

static phash_status status_of_error(const jpeg_state *s)
{
    switch (s->errors.msg_code) {
    case JERR_OUT_OF_MEMORY: return PHASH_E_NO_MEMORY;
    case JERR_NO_BACKING_STORE: /* what libjpeg says when max_memory_to_use does not suffice */
    case JERR_IMAGE_TOO_BIG: return PHASH_E_LIMIT;
    case JERR_INPUT_EOF: return PHASH_E_TRUNCATED;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_COMPONENT_COUNT: return PHASH_E_UNSUPPORTED;
    case JERR_EMPTY_IMAGE: /* a height of 0 means that a DNL marker gives it after the first scan */
        return s->cinfo.image_height == 0 && s->cinfo.image_width != 0 ? PHASH_E_UNSUPPORTED : PHASH_E_MALFORMED;
    default: return PHASH_E_MALFORMED;
    }
}

static void on_error(j_common_ptr cinfo)
{
    jpeg_state *s = cinfo->client_data;
    char text[JMSG_LENGTH_MAX] = "";

    if (s->errors.msg_code == JERR_NO_BACKING_STORE)
        stop(s, phash_fail(s->job->diag, PHASH_E_LIMIT,
                           "JPEG: the coefficients of %u x %u pixels need more than the limit of %" PRIu64
                           " bytes of memory",
                           (unsigned)s->cinfo.image_width, (unsigned)s->cinfo.image_height,
                           s->job->limits.max_memory));
    (*cinfo->err->format_message)(cinfo, text);
    stop(s, fail_here(s, status_of_error(s), text));
}

/* Were the n bytes just skipped all zero? Some cameras pad with zeros before a marker. When next_marker() warns, the
 * source stands behind the last skipped byte. */
static bool skipped_only_zeros(const jpeg_state *s, int n)
{
    const size_t end = offset(s);

    if (n < 0 || (size_t)n > end)
        return false;
    for (size_t i = end - (size_t)n; i < end; i++)
        if (s->job->bytes[i] != 0)
            return false;
    return true;
}

/* Warnings after which every pixel is still what the encoder meant:
 * - an unknown Adobe transform code or JFIF revision says nothing about the data;
 * - wrong spectral parameters in a sequential scan (some cameras) are not used by any decoder;
 * - extraneous bytes between the segments of the header are skipped by every decoder. Once entropy-coded data has
 *   begun they mean that a scan or restart interval used fewer bytes than the encoder wrote, the usual mark of a
 *   flipped bit after which the decoder fell into step again: damage, unless they are plain zero padding. */
static bool is_harmless(const jpeg_state *s)
{
    switch (s->errors.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: return true;
    case JWRN_EXTRANEOUS_DATA:
        return s->cinfo.input_scan_number == 0 || skipped_only_zeros(s, s->errors.msg_parm.i[0]);
    default: return false;
    }
}

static void on_message(j_common_ptr cinfo, int level)
{
    jpeg_state *s = cinfo->client_data;
    char text[JMSG_LENGTH_MAX] = "";

    if (level >= 0) /* a trace message */
        return;
    cinfo->err->num_warnings++;
    if (is_harmless(s)) {
        if (++s->harmless <= HARMLESS_MAX)
            return;
        stop(s, fail_here(s, PHASH_E_MALFORMED, "more than 1000 warnings"));
    }
    (*cinfo->err->format_message)(cinfo, text);
    stop(s, fail_here(s, s->errors.msg_code == JWRN_JPEG_EOF ? PHASH_E_TRUNCATED : PHASH_E_MALFORMED, text));
}

static void print_nothing(j_common_ptr cinfo)
{
    (void)cinfo;
}

/* --- limits --- */

/* Called by libjpeg before each step of reading a multi-scan file and before each row. */
static void on_progress(j_common_ptr common)
{
    jpeg_state *s = common->client_data;
    const j_decompress_ptr cinfo = &s->cinfo;
    const uint64_t rows = cinfo->output_scanline == 0 ? (uint64_t)cinfo->max_v_samp_factor * DCTSIZE : 1;

    for (int i = 0; i < cinfo->comps_in_scan; i++) {
        const int component = cinfo->cur_comp_info[i]->component_index;
        if (component >= 0 && component < COMPONENTS_MAX)
            s->scanned[component] = true;
    }
    if ((uint64_t)cinfo->input_scan_number > s->job->limits.max_scans)
        stop(s, phash_fail(s->job->diag, PHASH_E_LIMIT, "JPEG: scan %d at byte %zu; the limit is %" PRIu32 " scans",
                           cinfo->input_scan_number, offset(s), s->job->limits.max_scans));
    if (phash_codec_late(s->job, rows * cinfo->image_width))
        stop(s, phash_codec_timeout(s->job, cinfo->output_scanline));
}

/* --- header --- */

/* Read an APP1 segment where it lies. libjpeg's own way of saving markers would copy every one of them, which is as
 * much memory as a file has bytes. All data is in memory, so a segment that does not fit is a truncated file. */
static boolean on_app1(j_decompress_ptr cinfo)
{
    jpeg_state *s = cinfo->client_data;
    struct jpeg_source_mgr *src = cinfo->src;
    size_t length = 2;

    if (src->bytes_in_buffer >= 2)
        length = (size_t)src->next_input_byte[0] << 8 | src->next_input_byte[1];
    if (length < 2)
        stop(s, fail_here(s, PHASH_E_MALFORMED, "an APP1 segment with a length below 2"));
    if (length > src->bytes_in_buffer)
        stop(s, fail_here(s, PHASH_E_TRUNCATED, "the file ends within an APP1 segment"));
    /* After the first scan has begun the rows may be on their way already; the tag counts only before. */
    if (!s->oriented && cinfo->input_scan_number == 0) {
        const uint32_t orientation = phash_exif_app1_orientation(src->next_input_byte + 2, length - 2);
        s->oriented = orientation != 0;
        s->job->info.orientation = orientation != 0 ? orientation : 1;
    }
    src->next_input_byte += length;
    src->bytes_in_buffer -= length;
    if (phash_codec_late(s->job, length))
        stop(s, phash_codec_timeout(s->job, 0));
    return TRUE;
}

static void check_header(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;
    const phash_status st = phash_codec_check_size(s->job, cinfo->image_width, cinfo->image_height);

    if (st != PHASH_OK)
        stop(s, st);
    if (cinfo->data_precision != 8)
        stop(s, phash_fail(s->job->diag, PHASH_E_UNSUPPORTED, "JPEG: %d bits a sample; only 8 are decoded",
                           cinfo->data_precision));
    if (cinfo->num_components != 1 && cinfo->num_components != 3 && cinfo->num_components != 4)
        stop(s, phash_fail(s->job->diag, PHASH_E_UNSUPPORTED, "JPEG: %d components; only 1, 3 and 4 are decoded",
                           cinfo->num_components));
    /* An arithmetic decoder that runs out of data goes on with zeros, as T.81 D.2.6 wants, and cannot tell: damage
     * would pass for a picture. */
    if (cinfo->arith_code)
        stop(s, phash_fail(s->job->diag, PHASH_E_UNSUPPORTED,
                           "JPEG: arithmetic coding, with which lost data cannot be noticed"));
}

/* Luminance alone can be had of a picture that is stored as such. */
static bool wants_luma(const jpeg_state *s)
{
    return s->job->pipeline != PHASH_PIPELINE_EXACT &&
           (s->cinfo.jpeg_color_space == JCS_YCbCr || s->cinfo.jpeg_color_space == JCS_GRAYSCALE);
}

/* Both sides of the output are rounded up (libjpeg.txt, "scale_num"). The smaller one decides; up to 584 no scale below
 * 8/8 leaves it 512, so what stage A does not touch, or stretches, is never scaled. */
static unsigned smallest_scale(uint32_t width, uint32_t height)
{
    const uint64_t side = width < height ? width : height;
    unsigned n = 1;

    while (n < DCTSIZE && (side * n + DCTSIZE - 1) / DCTSIZE < PHASH_SAMPLED_SIDE)
        n++;
    return n;
}

/* The settings of Meta's tool, spelled out: hashes depend on them. The other pipelines leave out chroma, and sizes. */
static void configure(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;

    cinfo->out_color_space = JCS_RGB;
    if (cinfo->num_components == 1 || wants_luma(s))
        cinfo->out_color_space = JCS_GRAYSCALE;
    else if (cinfo->num_components == 4)
        cinfo->out_color_space = JCS_CMYK; /* libjpeg turns YCCK into CMYK but neither into RGB */
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->do_fancy_upsampling = TRUE;
    cinfo->do_block_smoothing = FALSE; /* it invents what scans did not bring */
    cinfo->quantize_colors = FALSE;
    cinfo->scale_num = DCTSIZE;
    cinfo->scale_denom = DCTSIZE;
    if (s->job->pipeline == PHASH_PIPELINE_SCALED && wants_luma(s))
        cinfo->scale_num = smallest_scale(cinfo->image_width, cinfo->image_height);
    jpeg_calc_output_dimensions(cinfo);
}

static bool sparse_pays(const jpeg_state *s, size_t memory)
{
    if (s->job->jpeg_path == PHASH_JPEG_PATH_SPARSE)
        return true;
    const uint64_t pixels = (uint64_t)s->cinfo.image_width * s->cinfo.image_height;
    return s->job->jpeg_path == PHASH_JPEG_PATH_FASTEST && memory <= SPARSE_MEMORY_MAX &&
           pixels / s->job->sampler->n_views >= SPARSE_PIXELS_MIN;
}

/* Buffers and the sampler, and the choice between whole rows and single pixels. */
static phash_status begin(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;
    const phash_codec_rows rows = {cinfo->output_width, cinfo->output_height,
                                   cinfo->out_color_space == JCS_GRAYSCALE ? 1 : 3,
                                   (size_t)cinfo->output_width * (size_t)cinfo->out_color_components + 1};
    const phash_status st = phash_codec_begin(s->job, &rows);

    if (st != PHASH_OK || !phash_jpeg_sparse_knows(cinfo))
        return st;
    const size_t memory = phash_jpeg_sparse_init(&s->sparse, cinfo);
    if (!sparse_pays(s, memory))
        return PHASH_OK;
    cinfo->raw_data_out = TRUE;
    /* Rows that libjpeg would keep itself, had it to do the upsampling; as its own they end with the picture. */
    phash_jpeg_sparse_use(&s->sparse, (*cinfo->mem->alloc_large)((j_common_ptr)cinfo, JPOOL_IMAGE, memory));
    memset(s->sparse.plane[0].data, 0, memory);
    return PHASH_OK;
}

/* --- what libjpeg passes silently --- */

/* A progressive file may stop at the end of any scan (T.81 G.1.1.1): libjpeg then shows what is there. Every
 * coefficient of every component must have come, down to its lowest bit. */
static void check_progression(jpeg_state *s)
{
    for (int c = 0; c < s->cinfo.num_components; c++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (s->cinfo.coef_bits[c][k] != 0)
                stop(s, phash_fail(s->job->diag, PHASH_E_TRUNCATED,
                                   "JPEG: the scans of component %d end before coefficient %d is complete (scan %d)", c,
                                   k, s->cinfo.input_scan_number));
}

static void check_complete(jpeg_state *s)
{
    if (!jpeg_has_multiple_scans(&s->cinfo))
        return;
    for (int c = 0; c < s->cinfo.num_components; c++)
        if (!s->scanned[c])
            stop(s, phash_fail(s->job->diag, PHASH_E_TRUNCATED, "JPEG: component %d has no scan (%d scans)", c,
                               s->cinfo.input_scan_number));
    if (s->cinfo.progressive_mode && s->cinfo.coef_bits != NULL)
        check_progression(s);
}

/* --- rows --- */

static uint8_t times(uint32_t a, uint32_t b)
{
    return (uint8_t)((a * b + 127u) / 255u);
}

/* CMYK to RGB in place, through K: what is left of the light after each ink. Adobe stores the inks inverted (255 is
 * no ink), as everybody who writes an Adobe marker does; without one 0 is no ink (T.81 leaves it open). */
static void cmyk_to_rgb(uint8_t *row, uint32_t width, bool inverted)
{
    const uint32_t flip = inverted ? 0 : 255;

    for (size_t i = 0; i < width; i++) {
        const uint32_t k = row[4 * i + 3] ^ flip;
        const uint8_t r = times(row[4 * i] ^ flip, k);
        const uint8_t g = times(row[4 * i + 1] ^ flip, k);
        const uint8_t b = times(row[4 * i + 2] ^ flip, k);
        row[3 * i] = r;
        row[3 * i + 1] = g;
        row[3 * i + 2] = b;
    }
}

/* A row that is all samples is decoded to where they belong. CMYK rows have a byte too many for that. */
static bool read_direct_row(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;
    JSAMPROW row = cinfo->out_color_space != JCS_CMYK ? phash_sampler_direct_row(s->job->sampler) : NULL;

    if (row == NULL || (uintptr_t)row % STREAMED == 0)
        return false;
    if (jpeg_read_scanlines(cinfo, &row, 1) == 0)
        stop(s, fail_here(s, PHASH_E_TRUNCATED, "no more rows"));
    phash_sampler_direct_taken(s->job->sampler);
    return true;
}

static void read_row(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;
    JSAMPROW row = s->job->row->data + 1;

    if (jpeg_read_scanlines(cinfo, &row, 1) == 0)
        stop(s, fail_here(s, PHASH_E_TRUNCATED, "no more rows"));
    if (cinfo->out_color_space == JCS_CMYK)
        cmyk_to_rgb(row, cinfo->output_width, cinfo->saw_Adobe_marker);
    phash_sampler_row(s->job->sampler, row);
}

static void read_rows(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;

    while (cinfo->output_scanline < cinfo->output_height) {
        if (!read_direct_row(s))
            read_row(s);
        if (phash_codec_late(s->job, cinfo->output_width))
            stop(s, phash_codec_timeout(s->job, cinfo->output_scanline));
    }
}

/* Colour the pixels of row y that some view looks at. The sampler sees no others. */
static void give_sparse_row(jpeg_state *s, uint32_t y)
{
    phash_sampler *sampler = s->job->sampler;
    uint32_t n = 0;

    for (uint32_t v = 0; v < sampler->n_views; v++) {
        const uint32_t *columns = phash_sampler_columns(sampler, v, &n);
        if (columns != NULL)
            phash_jpeg_sparse_row(&s->sparse, s->job->row->data, y, columns, n);
    }
    phash_sampler_row(sampler, s->job->row->data);
}

static void read_sparse_rows(jpeg_state *s)
{
    const uint32_t height = s->cinfo.output_height;

    for (uint32_t y = 0; y < height;) {
        if (!phash_jpeg_sparse_read(&s->sparse, &s->cinfo))
            stop(s, fail_here(s, PHASH_E_TRUNCATED, "no more rows"));
        const uint32_t end = phash_jpeg_sparse_ready(&s->sparse);
        const uint64_t pixels = (uint64_t)(end - y) * s->cinfo.output_width;
        for (; y < end; y++)
            give_sparse_row(s, y);
        if (phash_codec_late(s->job, pixels))
            stop(s, phash_codec_timeout(s->job, y));
    }
}

static void decode(jpeg_state *s)
{
    const j_decompress_ptr cinfo = &s->cinfo;
    const uint64_t max_memory = s->job->limits.max_memory;

    jpeg_create_decompress(cinfo);
    cinfo->mem->max_memory_to_use = max_memory < LONG_MAX ? (long)max_memory : LONG_MAX;
    jpeg_mem_src(cinfo, s->job->bytes, (unsigned long)s->job->size);
    jpeg_set_marker_processor(cinfo, JPEG_APP0 + 1, on_app1);
    cinfo->progress = &s->progress;
    (void)jpeg_read_header(cinfo, TRUE);
    check_header(s);
    configure(s);

    const phash_status st = begin(s);
    if (st != PHASH_OK)
        stop(s, st);
    (void)jpeg_start_decompress(cinfo);
    check_complete(s);
    if (cinfo->raw_data_out)
        read_sparse_rows(s);
    else
        read_rows(s);
    /* Reads up to EOI; a file that ends before it warns, and is truncated. */
    (void)jpeg_finish_decompress(cinfo);
    s->status = phash_sampler_end(s->job->sampler);
}

/* Has no local variables, so none can be clobbered. */
static void decode_guarded(jpeg_state *s)
{
    if (setjmp(s->jump) == 0)
        decode(s);
}

phash_status phash_jpeg_read(phash_codec_job *job)
{
    jpeg_state s;

    memset(&s, 0, sizeof s);
    s.job = job;
    s.status = PHASH_E_INTERNAL;
    s.cinfo.err = jpeg_std_error(&s.errors);
    s.errors.error_exit = on_error;
    s.errors.emit_message = on_message;
    s.errors.output_message = print_nothing;
    s.progress.progress_monitor = on_progress;
    s.cinfo.client_data = &s;
    decode_guarded(&s);
    if (job->info.width == 0) { /* refused by libjpeg itself, perhaps for its sides */
        job->info.width = s.cinfo.image_width;
        job->info.height = s.cinfo.image_height;
    }
    jpeg_destroy_decompress(&s.cinfo); /* also what a half-read picture needs; raises no error */
    return s.status;
}
