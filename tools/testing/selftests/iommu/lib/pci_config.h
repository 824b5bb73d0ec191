/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space of PCI functions, and whether they can use the bus.
 */
#ifndef SELFTESTS_IOMMU_LIB_PCI_CONFIG_H
#define SELFTESTS_IOMMU_LIB_PCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* I/O decode, memory decode, bus mastering */
#define PCI_COMMAND_OFFSET 4
#define PCI_COMMAND_USE 7

int pci_read_use(const char *name);
int pci_write_command(const char *name, __u32 command, size_t size);
int pci_set_use(const char *name, __u32 bits);
int pci_write_attr(const char *name, const char *attr, const char *text);
int pci_remove(const char *name);
int pci_rescan(const char *name);
bool pci_has_group(const char *name);
int pci_read_register(const char *name, size_t offset, __u32 *value);

#endif
