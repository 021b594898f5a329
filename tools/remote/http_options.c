/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "remote/http_options.h"

#include "cli/cli.h"

#include <sys/stat.h>

#define TOKEN_MAX 4096u

bool http_is_option(int option)
{
    return option >= 0x2a0 && option <= 0x2a4;
}

bool http_take_option(http_options *o, int option, const char *value)
{
    switch (option) {
    case 0x2a0: return take_once(&o->cacert, "--cacert", value);
    case 0x2a1: return take_once(&o->client_cert, "--client-cert", value);
    case 0x2a2: return take_once(&o->client_key, "--client-key", value);
    case 0x2a3: return take_once(&o->token_file, "--token-file", value);
    default: o->allow_http = true; return true;
    }
}

bool http_settle(const http_options *o, const char *url)
{
    const bool given = o->cacert != NULL || o->client_cert != NULL || o->client_key != NULL || o->token_file != NULL ||
                       o->allow_http;

    if (given && url != NULL)
        usage_error("--cacert, --client-cert, --client-key, --token-file and --allow-http go with %s", url);
    else if ((o->client_cert != NULL) != (o->client_key != NULL))
        usage_error("--client-cert and --client-key go together");
    else
        return true;
    return false;
}

static bool is_private(const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && (info.st_mode & 077) != 0) {
        say("%s: others may read or write this secret; make it private first: chmod 600 %s", path, path);
        return false;
    }
    return true;
}

bool http_key_is_private(const http_options *o)
{
    return o->client_key == NULL || is_private(o->client_key);
}

/* The token is a part of a header line: one word of printable ASCII, so that it cannot begin another line. */
static bool is_token(const file_buffer *file)
{
    for (size_t i = 0; i < file->size; i++)
        if (file->data[i] <= ' ' || file->data[i] > '~')
            return false;
    return file->size != 0;
}

bool http_read_token(file_buffer *out, const http_options *o)
{
    char why[256];

    if (o->token_file == NULL)
        return true;
    if (!is_private(o->token_file))
        return false;
    if (file_read(out, why, sizeof why, o->token_file, TOKEN_MAX) != FILE_OK) {
        say("%s: %s", o->token_file, why);
        return false;
    }
    while (out->size != 0 && (out->data[out->size - 1] == '\n' || out->data[out->size - 1] == '\r'))
        out->size--;
    if (!is_token(out)) {
        say("%s: a token is one word of printable ASCII", o->token_file);
        return false;
    }
    out->data[out->size] = '\0'; /* file_read leaves room for one more byte than the file has */
    return true;
}
