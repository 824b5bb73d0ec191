// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/pci_regs.h>

#include "file.h"
#include "monitor.h"
#include "slot.h"

#define SYS_SLOTS "/sys/bus/pci/slots"
#define WAIT_SECONDS 30

/* Domain, bus and device of what can be in the slot */
static int read_address(int number, char *address, size_t size)
{
	char path[PATH_MAX];
	int rc = -EIO;
	FILE *f;

	snprintf(path, sizeof(path), SYS_SLOTS "/%d/address", number);
	f = fopen(path, "re");
	if (!f)
		return -ENODEV;
	if (fgets(address, size, f)) {
		address[strcspn(address, "\n")] = '\0';
		rc = 0;
	}
	fclose(f);
	return rc;
}

/* The bridge that a bus, "domain:bus", is below */
static int read_port(const char *bus, char *port)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/pci_bus/%s/device", bus);
	return file_link_name(path, port, PCI_NAME_LEN);
}

/* Where a function's PCI Express capability is, or a negative errno */
static int find_express(const char *name)
{
	__u8 at = 0, id = 0;
	int i, rc;

	rc = pci_config_read(name, PCI_CAPABILITY_LIST, &at, sizeof(at));
	for (i = 0; !rc && at && i < 48; i++) {
		rc = pci_config_read(name, at, &id, sizeof(id));
		if (!rc && id == PCI_CAP_ID_EXP)
			return at;
		if (!rc)
			rc = pci_config_read(name, at + 1, &at, sizeof(at));
	}
	return rc ?: -ENODEV;
}

/**
 * slot_find - Find a slot
 * @slot: filled
 * @number: which
 *
 * Return: 0, -ENODEV when there is none, or another negative errno.
 */
int slot_find(struct slot *slot, int number)
{
	char address[PCI_NAME_LEN - 4], *device;
	int rc;

	memset(slot, 0, sizeof(*slot));
	slot->number = number;
	rc = read_address(number, address, sizeof(address));
	if (rc)
		return rc;
	snprintf(slot->card, sizeof(slot->card), "%s.0", address);
	device = strrchr(address, ':');
	if (!device)
		return -EIO;
	*device = '\0';
	rc = read_port(address, slot->port);
	if (rc)
		return rc;
	rc = find_express(slot->port);
	if (rc < 0)
		return rc;
	slot->control = rc + PCI_EXP_SLTCTL;
	return 0;
}

/*
 * The kernel's last step, when it has shown the new card to all drivers or has
 * forgotten the old one, is to set the power indicator.
 */
static int wait_indicator(const struct slot *slot, __u16 wanted)
{
	time_t deadline = time(NULL) + WAIT_SECONDS;
	__u16 control;
	int rc;

	for (;;) {
		rc = pci_config_read(slot->port, slot->control, &control,
				     sizeof(control));
		if (rc || (control & PCI_EXP_SLTCTL_PIC) == wanted)
			return rc;
		if (time(NULL) > deadline)
			return -ETIMEDOUT;
		usleep(10000);
	}
}

/**
 * slot_is_empty - Does the kernel know of no card?
 * @slot: from slot_find()
 */
bool slot_is_empty(const struct slot *slot)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", slot->card);
	return access(path, F_OK);
}

/**
 * slot_wait_empty - Wait until the card is gone
 * @slot: its card is being unplugged
 *
 * Return: 0 or -ETIMEDOUT.
 */
int slot_wait_empty(const struct slot *slot)
{
	return wait_indicator(slot, PCI_EXP_SLTCTL_PWR_IND_OFF);
}

/**
 * slot_add_function - Add a function to the card that is about to be plugged in
 * @monitor: from monitor_open()
 * @slot: empty
 * @function: 1 to 7
 * @device: as QEMU's device_add wants it
 *
 * Nobody sees it before slot_plug() has added function 0.
 */
int slot_add_function(int monitor, const struct slot *slot,
		      unsigned int function, const char *device)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "device_add %s,bus=slot%d,id=card%d.%u,addr=0.%u", device,
		 slot->number, slot->number, function, function);
	return monitor_do(monitor, command);
}

/**
 * slot_plug - Plug a card in, and wait until it was shown to all drivers
 * @monitor: from monitor_open()
 * @slot: empty
 * @device: as QEMU's device_add wants it
 */
int slot_plug(int monitor, const struct slot *slot, const char *device)
{
	int rc = slot_add_function(monitor, slot, 0, device);

	if (rc)
		return rc;
	rc = wait_indicator(slot, PCI_EXP_SLTCTL_PWR_IND_ON);
	if (rc)
		return rc;
	return slot_is_empty(slot) ? -ENODEV : 0;
}

/**
 * slot_press_button - Ask the kernel to let a card go
 * @monitor: from monitor_open()
 * @slot: not empty
 *
 * The kernel begins five seconds later, and is done when slot_wait_empty() says
 * so.
 */
int slot_press_button(int monitor, const struct slot *slot)
{
	char command[32];

	snprintf(command, sizeof(command), "device_del card%d.0",
		 slot->number);
	return monitor_do(monitor, command);
}

static int power_off(const struct slot *slot)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_SLOTS "/%d/power", slot->number);
	return file_write(path, "0");
}

/**
 * slot_unplug - Take a card out without the five seconds
 * @monitor: from monitor_open()
 * @slot: not empty
 *
 * Waits for users of the card.
 */
int slot_unplug(int monitor, struct slot *slot)
{
	return slot_press_button(monitor, slot) ?: power_off(slot) ?:
	       slot_wait_empty(slot);
}

static void *take_out(void *data)
{
	struct slot *slot = data;

	return (void *)(long)(power_off(slot) ?: slot_wait_empty(slot));
}

/**
 * slot_start_unplug - slot_unplug(), without waiting for users of the card
 * @monitor: from monitor_open()
 * @slot: not empty; to be given to slot_end_unplug()
 */
int slot_start_unplug(int monitor, struct slot *slot)
{
	int rc = slot_press_button(monitor, slot);

	if (rc)
		return rc;
	if (pthread_create(&slot->thread, NULL, take_out, slot))
		return -EAGAIN;
	slot->leaving = true;
	return 0;
}

/**
 * slot_end_unplug - Wait until the card is gone
 * @slot: nothing happens without slot_start_unplug()
 */
int slot_end_unplug(struct slot *slot)
{
	void *rc;

	if (!slot->leaving)
		return 0;
	slot->leaving = false;
	pthread_join(slot->thread, &rc);
	return (long)rc;
}

static int write_control(const struct slot *slot, __u16 control)
{
	return pci_config_write(slot->port, slot->control, &control,
				sizeof(control));
}

/**
 * slot_tear_out - Take a card out without asking anybody
 * @slot: not empty
 *
 * QEMU takes out what is in a slot without power. The power is on again before
 * the kernel is told that there is no card, so that it finds what it would find
 * on a real machine.
 */
int slot_tear_out(const struct slot *slot)
{
	const __u16 off = PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PCC;
	__u16 control, mute;
	int rc;

	rc = pci_config_read(slot->port, slot->control, &control,
			     sizeof(control));
	if (rc)
		return rc;
	mute = control & ~(PCI_EXP_SLTCTL_PIC | PCI_EXP_SLTCTL_HPIE);
	return write_control(slot, mute | off) ?: write_control(slot, control);
}
