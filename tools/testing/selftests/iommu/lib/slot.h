/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots to plug cards into while the machine runs: a root port each, which QEMU
 * knows as "slot" and its number. Functions return 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_SLOT_H
#define SELFTESTS_IOMMU_LIB_SLOT_H

#include <pthread.h>
#include <stdbool.h>
#include "pci.h"

/**
 * struct slot - A slot and who is taking the card out of it
 * @number: in sysfs
 * @port: its root port
 * @card: function 0 of the card that is in it, or would be
 * @control: where the root port has its slot control register
 * @thread: takes the card out, if @leaving
 * @leaving: between slot_start_unplug() and slot_end_unplug()
 */
struct slot {
	int number;
	char port[PCI_NAME_LEN];
	char card[PCI_NAME_LEN];
	int control;
	pthread_t thread;
	bool leaving;
};

int slot_find(struct slot *slot, int number);
bool slot_is_empty(const struct slot *slot);
int slot_add_function(int monitor, const struct slot *slot,
		      unsigned int function, const char *device);
int slot_plug(int monitor, const struct slot *slot, const char *device);
int slot_press_button(int monitor, const struct slot *slot);
int slot_wait_empty(const struct slot *slot);
int slot_unplug(int monitor, struct slot *slot);
int slot_start_unplug(int monitor, struct slot *slot);
int slot_end_unplug(struct slot *slot);
int slot_tear_out(const struct slot *slot);

#endif
