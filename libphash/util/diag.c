/* SPDX-License-Identifier: Apache-2.0 */
#include "util/diag.h"

#include <stdarg.h>
#include <stdio.h>

phash_status phash_fail(phash_diag *diag, phash_status status, const char *format, ...)
{
    if (diag == NULL || diag->text[0] != '\0')
        return status;
    va_list args;
    va_start(args, format);
    vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
    for (char *p = diag->text; *p != '\0'; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '?';
    return status;
}
