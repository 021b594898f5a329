/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "lists/set_text.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

void text_hex(text *t, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text_printf(t, "%02x", bytes[i]);
}

void text_date(text *t, uint64_t seconds, const char *none)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    char shown[64];

    if (seconds == 0)
        text_put(t, none);
    else if (seconds > INT64_MAX || gmtime_r(&when, &tm) == NULL ||
             strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        text_printf(t, "second %" PRIu64, seconds);
    else
        text_put(t, shown);
}

const char *set_trouble(const phash_diag *diag, phash_status status)
{
    return diag->text[0] != '\0' ? diag->text : phash_status_string(status);
}

phash_set *set_load(phash_set_info *info, const char *path)
{
    phash_set *set = NULL;
    phash_diag diag = {""};
    phash_status st = phash_set_open(&set, &diag, path, NULL);

    if (st == PHASH_OK)
        st = phash_set_get_info(set, info);
    if (st == PHASH_OK)
        return set;
    say("%s: %s", path, set_trouble(&diag, st));
    phash_set_free(&set);
    return NULL;
}

bool signer_load_public(uint8_t public_key[PHASH_SIGNER_KEY_SIZE], const char *path)
{
    phash_diag diag = {""};
    file_buffer file = {0};
    char why[256];
    bool good = false;

    if (file_read(&file, why, sizeof why, path, PHASH_SIGNER_FILE_SIZE) != FILE_OK) {
        say("%s: %s", path, why);
    } else {
        phash_status st = phash_signer_read_public(public_key, &diag, file.data, file.size);
        good = st == PHASH_OK;
        if (!good)
            say("%s: %s", path, set_trouble(&diag, st));
    }
    file_buffer_free(&file, true); /* a secret key may have been given by mistake */
    return good;
}

bool text_print(text *t)
{
    bool good = text_ok(t);

    if (!good)
        say("out of memory");
    else if (t->size != 0)
        good = fwrite(t->data, 1, t->size, stdout) == t->size;
    text_free(t);
    return good;
}
