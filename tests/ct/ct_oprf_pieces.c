/* SPDX-License-Identifier: Apache-2.0 */
#include "ct/ct_arithmetic.h"

int main(void)
{
    ct_field();
    ct_scalar();
    return 0;
}
