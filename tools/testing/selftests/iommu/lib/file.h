/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's files of one short text, which are its knobs, and its links. */
#ifndef SELFTESTS_IOMMU_LIB_FILE_H
#define SELFTESTS_IOMMU_LIB_FILE_H

#include <stddef.h>

int file_write(const char *path, const char *text);
int file_write_number(const char *path, long number);
long file_read_number(const char *path);
int file_link_name(const char *path, char *name, size_t size);
int file_iommu_group(const char *devices, const char *name);

#endif
