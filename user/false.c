// SPDX-License-Identifier: ISC
//
// false: fails.

int main(void)
{
    return 1;
}
