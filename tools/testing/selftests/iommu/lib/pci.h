/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices and IOMMU groups as sysfs shows them, and which driver has them.
 */
#ifndef SELFTESTS_IOMMU_LIB_PCI_H
#define SELFTESTS_IOMMU_LIB_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define PCI_NAME_LEN 40	/* a mediated device has a UUID */
#define PCI_ID_EDU	0x123411e8
#define PCI_ID_E1000	0x8086100e
#define PCI_ID_E1000E	0x808610d3
#define PCI_ID_IGB	0x808610c9
#define PCI_ID_NVME	0x1b360010	/* QEMU's */

/* Is the device the only endpoint of its IOMMU group, or in no group at all? */
enum pci_company {
	PCI_ALONE,
	PCI_SHARED,
	PCI_NO_IOMMU,
};

/**
 * struct pci_dev - A function and how it was found
 * @name: domain:bus:device.function
 * @group: IOMMU group number, or -1
 * @old_driver: driver to give the device back to, "" for none
 * @taken: bound to vfio-pci by pci_take()
 */
struct pci_dev {
	char name[PCI_NAME_LEN];
	int group;
	char old_driver[PCI_NAME_LEN];
	bool taken;
};

int pci_find(__u32 id, enum pci_company company, int nth, struct pci_dev *pci);
int pci_find_sibling(const struct pci_dev *pci, struct pci_dev *sibling);
int pci_take(struct pci_dev *pci);
void pci_give_back(struct pci_dev *pci);
int pci_driver(const char *name, char *driver);
int pci_probe_with(const char *name, const char *driver);
int pci_unbind_driver(const char *name);
int pci_config_read(const char *name, int offset, void *buf, size_t len);
int pci_config_write(const char *name, int offset, const void *buf,
		     size_t len);

#endif
