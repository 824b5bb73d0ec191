// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for a PASID: the misc cgroup of the process that asked for it.
 */
#include <linux/misc_cgroup.h>

#include "ioasid_internal.h"

/* The controller refuses every charge of what the system has none of. */
static bool charging;

/**
 * ioasid_charge_capacity - set how many PASIDs can be charged at all
 * @capacity: shown in misc.capacity of the root cgroup
 *
 * Without an IOMMU that knows PASIDs nothing is charged.
 *
 * Context: under the lock of ioasid.c.
 */
void ioasid_charge_capacity(u32 capacity)
{
	misc_cg_set_capacity(MISC_CG_RES_PASID, capacity);
	/* Who charges sees the capacity: pairs with ioasid_charge(). */
	smp_store_release(&charging, true);
}

/**
 * ioasid_charge - charge the calling process for a number
 * @entry: keeps the cgroup that pays, wherever the process goes
 *
 * Context: process.
 * Return: 0, or -EBUSY if the cgroup or one above it is at its limit, or the
 *	system at its capacity, which is counted in misc.events.
 */
int ioasid_charge(struct ioasid_entry *entry)
{
	struct misc_cg *cg;
	int rc;

	/* Pairs with ioasid_charge_capacity(). */
	if (!smp_load_acquire(&charging))
		return 0;
	cg = get_current_misc_cg();
	rc = misc_cg_try_charge(MISC_CG_RES_PASID, cg, 1);
	if (rc) {
		put_misc_cg(cg);
		return rc;
	}
	entry->cg = cg;
	return 0;
}

/**
 * ioasid_uncharge - end what ioasid_charge() has begun
 * @cg: what it left in the entry, NULL if nothing was charged
 *
 * Context: any but NMI.
 */
void ioasid_uncharge(struct misc_cg *cg)
{
	if (!cg)
		return;
	misc_cg_uncharge(MISC_CG_RES_PASID, cg, 1);
	put_misc_cg(cg);
}
