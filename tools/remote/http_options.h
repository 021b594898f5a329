/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the commands that speak HTTP: whom to trust, and how to be known. */
#ifndef PHASH_TOOLS_HTTP_OPTIONS_H
#define PHASH_TOOLS_HTTP_OPTIONS_H

#include "cli/file_io.h"

#include <stdbool.h>

typedef struct http_options {
    const char *cacert;      /* NULL: the authorities of the system */
    const char *client_cert; /* NULL: none */
    const char *client_key;
    const char *token_file; /* NULL: none */
    bool allow_http;
} http_options;

/** getopt_long entries for them. */
#define HTTP_OPTIONS                                                                                                   \
    {"cacert", required_argument, NULL, 0x2a0}, {"client-cert", required_argument, NULL, 0x2a1},                       \
        {"client-key", required_argument, NULL, 0x2a2}, {"token-file", required_argument, NULL, 0x2a3},                \
        {"allow-http", no_argument, NULL, 0x2a4}

/** Their part of --help. */
#define HTTP_HELP                                                                                                      \
    "  --cacert FILE              certificates of the authorities to trust (PEM), in place of those\n"                 \
    "                             of the system\n"                                                                     \
    "  --client-cert FILE         the certificate to be known by (PEM), with --client-key\n"                           \
    "  --client-key FILE          its key (PEM), which others may not read\n"                                          \
    "  --token-file FILE          a token to be known by, in a file that others may not read\n"                        \
    "  --allow-http               take an http:// URL of another machine: whoever is on the way then\n"                \
    "                             sees and changes what he likes\n"

/** Is this one of HTTP_OPTIONS? */
bool http_is_option(int option);

/** Take one of them; false after a message. */
bool http_take_option(http_options *o, int option, const char *value);

/** Once the command line is read: do they fit together? url: the option they go with, when it may be left out and was;
 *  else NULL. False after a message. */
bool http_settle(const http_options *o, const char *url);

/** Read the token: the file's one line, without its end, as a string. Free it with file_buffer_free, as a secret.
 *  Without a token file the string is empty. False after a message. */
bool http_read_token(file_buffer *out, const http_options *o);

/** Is the key of the client's certificate kept from others? False after a message. */
bool http_key_is_private(const http_options *o);

#endif
