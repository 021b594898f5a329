/* SPDX-License-Identifier: Apache-2.0 */
/* PBM, PGM, PPM (plain and raw) and PAM. Of a file with several pictures the first is read.
 * Source: pbm(5), pgm(5), ppm(5), pam(5) of Netpbm. */
#include "image/codec_job.h"
#include "image/codecs.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#define PAM_LINE_MAX 256u

typedef struct pnm_state {
    phash_codec_job *job;
    phash_reader in;
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint32_t maxval;
    bool plain;     /* numbers in ASCII */
    bool bits;      /* raw PBM: eight pixels a byte, 1 is black */
    bool inverted;  /* PBM: 1 is black */
    phash_status status; /* of the first failure */
} pnm_state;

static void fail(pnm_state *s, phash_status status, const char *what)
{
    if (s->status == PHASH_OK)
        s->status = phash_fail(s->job->diag, status, "PNM: %s (byte %zu)", what, s->in.at);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next byte; once it has failed, a space. A comment counts as the line end that closes it. */
static uint8_t next(pnm_state *s)
{
    uint8_t c = phash_read_u8(&s->in);

    if (c == '#' && !s->in.failed)
        do
            c = phash_read_u8(&s->in);
        while (c != '\n' && c != '\r' && !s->in.failed);
    if (!s->in.failed)
        return c;
    fail(s, PHASH_E_TRUNCATED, "the file ends early");
    return ' ';
}

/* A whole number and the one blank behind it: without the blank nobody knows whether a digit was cut off. */
static uint32_t read_number(pnm_state *s)
{
    uint32_t value = 0;
    uint8_t c = next(s);

    while (is_space(c) && s->status == PHASH_OK)
        c = next(s);
    for (; c >= '0' && c <= '9' && s->status == PHASH_OK; c = next(s)) {
        value = value * 10 + (uint32_t)(c - '0');
        if (value > 0xffffff)
            fail(s, PHASH_E_MALFORMED, "a number of more than seven digits");
    }
    if (!is_space(c))
        fail(s, PHASH_E_MALFORMED, "something else where a number should be");
    return value;
}

static void read_pnm_header(pnm_state *s, uint32_t digit)
{
    s->plain = digit <= 3;
    s->inverted = digit == 1 || digit == 4;
    s->bits = digit == 4;
    s->channels = digit == 3 || digit == 6 ? 3 : 1;
    s->width = read_number(s);
    s->height = read_number(s);
    s->maxval = s->inverted ? 1 : read_number(s);
}

/* --- PAM --- */

/* A line without its end, cut at PAM_LINE_MAX. False for ENDHDR and after a failure. */
static bool read_line(pnm_state *s, char line[PAM_LINE_MAX + 1])
{
    size_t n = 0;
    uint8_t c;

    while ((c = phash_read_u8(&s->in)) != '\n' && !s->in.failed)
        if (n < PAM_LINE_MAX)
            line[n++] = (char)c;
    line[n] = '\0';
    if (s->in.failed)
        fail(s, PHASH_E_TRUNCATED, "the file ends within the header");
    return s->status == PHASH_OK && strcmp(line, "ENDHDR") != 0;
}

/* The value of "NAME value" lines; false when it is another line. */
static bool take_value(pnm_state *s, uint32_t *out, const char *line, const char *name)
{
    const size_t n = strlen(name);
    uint32_t value = 0;

    if (strncmp(line, name, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
        return false;
    line += n;
    while (*line == ' ' || *line == '\t')
        line++;
    if (*line == '\0')
        fail(s, PHASH_E_MALFORMED, "a bad number in the header");
    for (; *line >= '0' && *line <= '9' && value <= 0xffffff; line++)
        value = value * 10 + (uint32_t)(*line - '0');
    if (*line != '\0' && !is_space((uint8_t)*line))
        fail(s, PHASH_E_MALFORMED, "a bad number in the header");
    *out = value;
    return true;
}

static bool is_known_tuple(const char *type)
{
    static const char *const known[] = {"BLACKANDWHITE", "GRAYSCALE", "RGB", "BLACKANDWHITE_ALPHA", "GRAYSCALE_ALPHA",
                                        "RGB_ALPHA"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i]) == 0)
            return true;
    return false;
}

static void read_pam_header(pnm_state *s)
{
    char line[PAM_LINE_MAX + 1];

    while (read_line(s, line)) {
        if (line[0] == '#' || line[0] == '\0' || take_value(s, &s->width, line, "WIDTH") ||
            take_value(s, &s->height, line, "HEIGHT") || take_value(s, &s->channels, line, "DEPTH") ||
            take_value(s, &s->maxval, line, "MAXVAL"))
            continue;
        if (strncmp(line, "TUPLTYPE ", 9) != 0)
            fail(s, PHASH_E_MALFORMED, "an unknown line in the header");
        else if (!is_known_tuple(line + 9))
            fail(s, PHASH_E_UNSUPPORTED, "a tuple type other than black and white, grey and RGB");
    }
    if (s->channels < 1 || s->channels > 4)
        fail(s, s->channels == 0 ? PHASH_E_MALFORMED : PHASH_E_UNSUPPORTED, "a depth other than 1 to 4");
}

/* --- samples --- */

static uint8_t scale(pnm_state *s, uint32_t value)
{
    if (value > s->maxval)
        fail(s, PHASH_E_MALFORMED, "a sample above the greatest value");
    const uint32_t v = s->inverted ? s->maxval - (value & 1) : value;
    return (uint8_t)((v * 255u + s->maxval / 2) / s->maxval); /* at most 65,535 * 255 + 32,767 */
}

/* A pixel of a plain PBM is one digit; blanks are not needed. */
static uint32_t read_digit(pnm_state *s)
{
    uint8_t c = next(s);

    while (is_space(c) && s->status == PHASH_OK)
        c = next(s);
    if (c != '0' && c != '1')
        fail(s, PHASH_E_MALFORMED, "something else where a 0 or a 1 should be");
    return c == '1';
}

static void read_plain_row(pnm_state *s, uint8_t *row, size_t n)
{
    for (size_t i = 0; i < n && s->status == PHASH_OK; i++)
        row[i] = scale(s, s->inverted ? read_digit(s) : read_number(s));
}

static void read_raw_row(pnm_state *s, uint8_t *row, size_t n)
{
    const size_t size = s->bits ? (n + 7) / 8 : s->maxval > 255 ? 2 * n : n;
    const uint8_t *p = phash_read_bytes(&s->in, size);

    if (p == NULL) {
        fail(s, PHASH_E_TRUNCATED, "the file ends early");
        return;
    }
    for (size_t i = 0; i < n && s->status == PHASH_OK; i++) {
        if (s->bits)
            row[i] = scale(s, (uint32_t)p[i / 8] >> (7 - i % 8) & 1);
        else if (s->maxval > 255)
            row[i] = scale(s, (uint32_t)p[2 * i] << 8 | p[2 * i + 1]);
        else
            row[i] = scale(s, p[i]);
    }
}

static phash_status read_rows(pnm_state *s)
{
    const size_t n = (size_t)s->width * s->channels;
    phash_codec_job *job = s->job;

    for (uint32_t y = 0; y < s->height; y++) {
        const size_t before = s->in.at;
        if (s->plain)
            read_plain_row(s, job->row->data, n);
        else
            read_raw_row(s, job->row->data, n);
        if (s->status != PHASH_OK)
            return s->status;
        phash_sampler_row(job->sampler, job->row->data);
        if (phash_codec_late(job, n + (s->in.at - before)))
            return phash_codec_timeout(job, y);
    }
    return phash_sampler_end(job->sampler);
}

phash_status phash_pnm_read(phash_codec_job *job)
{
    pnm_state s = {.job = job, .in = phash_reader_init(job->bytes, job->size), .status = PHASH_OK};
    const uint8_t *magic = phash_read_bytes(&s.in, 2);

    if (magic == NULL) /* two bytes told the kind */
        return PHASH_E_INTERNAL;
    if (magic[1] == '7')
        read_pam_header(&s);
    else
        read_pnm_header(&s, (uint32_t)(magic[1] - '0'));
    if (s.status != PHASH_OK)
        return s.status;
    phash_status st = phash_codec_check_size(job, s.width, s.height);
    if (st != PHASH_OK)
        return st;
    if (s.maxval < 1 || s.maxval > 65535)
        return phash_fail(job->diag, PHASH_E_MALFORMED, "PNM: the greatest value is %" PRIu32 ", not 1 to 65535",
                          s.maxval);
    st = phash_codec_begin(job, &(phash_codec_rows){s.width, s.height, s.channels, (size_t)s.width * s.channels});
    return st == PHASH_OK ? read_rows(&s) : st;
}
