// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: What a group is told to be
 *
 * IOMMU_GROUP_INFO answers before, during and after a claim which devices it
 * is about, and which of them is in the way.
 *
 * What the answer says of all members is of one instant: it is collected under
 * the group's mutex, and under the context's claims_lock, so that the ids are
 * those of the claim. Nothing is copied to user space meanwhile. A device's
 * driver is only certain under the device's lock, which is held around probe and
 * remove, where the group's mutex is taken. So it is tried, not waited for; a
 * device that is claimed keeps its driver without.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd_group.h>

#include "claim_policy.h"
#include "context.h"
#include "device.h"
#include "device_file.h"
#include "group_claim.h"
#include "group_info.h"
#include "ioctl.h"
#include "refuse.h"

/* The same on all machines, and far more than the kernel will ever tell. */
#define MAX_MEMBER_SIZE 4096

/**
 * struct collection - What is known of a group
 * @ictx: Who asks
 * @claim: Its claim on the group, NULL: none
 * @members: Room for the answer
 * @room: Members that fit
 * @count: Members that there are
 * @group_id: Number of the group
 * @state: Who has the group
 * @by_device: Somebody has claimed a single member, and not the group
 * @direct: A member prevents a claim
 */
struct collection {
	struct iommufd_ctx *ictx;
	struct iommufd_group_claim *claim;
	struct iommu_group_member *members;
	u32 room;
	u32 count;
	u32 group_id;
	enum iommu_group_state state;
	bool by_device;
	bool direct;
};

/**
 * iommufd_group_member_state_name() - A state in words
 * @state: One of enum iommu_group_member_state
 *
 * Return: a constant string
 */
const char *iommufd_group_member_state_name(u32 state)
{
	static const char * const names[] = {
		[IOMMU_GROUP_MEMBER_FREE]	= "free",
		[IOMMU_GROUP_MEMBER_OURS]	= "bound",
		[IOMMU_GROUP_MEMBER_OTHERS]	= "others",
		[IOMMU_GROUP_MEMBER_PARKED]	= "parked",
		[IOMMU_GROUP_MEMBER_NEUTRAL]	= "neutral",
		[IOMMU_GROUP_MEMBER_KERNEL]	= "kernel",
		[IOMMU_GROUP_MEMBER_EXPOSED]	= "exposed",
	};

	return names[state];
}

/* Does the driver promise to do no DMA by the kernel's address space? */
static bool manages_dma(struct device *dev, struct device_driver *driver)
{
	if (dev_is_pci(dev))
		return to_pci_driver(driver)->driver_managed_dma;
	if (dev->bus == &platform_bus_type)
		return to_platform_driver(driver)->driver_managed_dma;
	return false;
}

/* Returns whether the driver is one of those that keep the group. */
static bool describe_driver(const struct iommu_member *from,
			    struct iommu_group_member *to)
{
	struct device *dev = from->dev;
	struct device_driver *driver;
	bool keeps = false;

	if (!from->claimed && !device_trylock(dev)) {
		to->flags |= IOMMU_GROUP_MEMBER_BUSY;
		return from->kernel && from->reach != IOMMU_MEMBER_NEUTRAL;
	}
	driver = READ_ONCE(dev->driver);
	if (driver) {
		strscpy(to->driver, driver->name, sizeof(to->driver));
		keeps = from->kernel && !manages_dma(dev, driver);
	}
	if (!from->claimed)
		device_unlock(dev);
	return keeps;
}

static u32 unbound_state(const struct iommu_member *from, bool kernel)
{
	if (kernel)
		return IOMMU_GROUP_MEMBER_KERNEL;
	if (from->reach == IOMMU_MEMBER_NEUTRAL)
		return IOMMU_GROUP_MEMBER_NEUTRAL;
	if (!from->owner)
		return IOMMU_GROUP_MEMBER_FREE;
	return from->reach == IOMMU_MEMBER_PARKED ?
		       IOMMU_GROUP_MEMBER_PARKED :
		       IOMMU_GROUP_MEMBER_EXPOSED;
}

static u32 id_of_device(struct iommufd_group_claim *claim, struct device *dev)
{
	struct iommufd_device *idev;

	if (!claim)
		return 0;
	list_for_each_entry(idev, &claim->bound, bound_item)
		if (idev->dev == dev)
			return idev->obj.id;
	return 0;
}

/**
 * iommufd_group_member_describe() - A member of a group in terms of user space
 * @from: What the IOMMU core says, to a visitor
 * @ictx: Who wants to know. Its claims_lock is held
 * @claim: Its claim on the group, NULL: none
 * @to: Zeroed, filled here
 */
void iommufd_group_member_describe(const struct iommu_member *from,
				   struct iommufd_ctx *ictx,
				   struct iommufd_group_claim *claim,
				   struct iommu_group_member *to)
{
	struct device *dev = from->dev;
	bool kernel;

	lockdep_assert_held(&ictx->claims_lock);
	strscpy(to->name, dev_name(dev), sizeof(to->name));
	if (dev_is_pci(dev)) {
		struct pci_dev *pdev = to_pci_dev(dev);

		to->bus = IOMMU_GROUP_BUS_PCI;
		to->pci_segment = pci_domain_nr(pdev->bus);
		to->pci_bus = pdev->bus->number;
		to->pci_devfn = pdev->devfn;
	}
	kernel = describe_driver(from, to);
	if (!from->claimed) {
		to->state = unbound_state(from, kernel);
	} else if (from->owner == ictx) {
		to->state = IOMMU_GROUP_MEMBER_OURS;
		to->dev_id = id_of_device(claim, dev);
	} else {
		to->state = IOMMU_GROUP_MEMBER_OTHERS;
	}
}

static int collect_member(const struct iommu_member *from, void *data)
{
	struct collection *coll = data;
	struct iommu_group_member *to;

	if (from->owner)
		coll->state = from->owner == coll->ictx ? IOMMU_GROUP_OURS :
							  IOMMU_GROUP_OTHERS;
	else if (from->kernel)
		coll->state = IOMMU_GROUP_KERNEL;
	coll->by_device |= from->claimed;
	coll->direct |= from->direct;

	if (coll->count < coll->room) {
		to = &coll->members[coll->count];
		iommufd_group_member_describe(from, coll->ictx, coll->claim,
					      to);
		if (from->direct)
			to->flags |= IOMMU_GROUP_MEMBER_DIRECT;
	}
	coll->count++;
	return 0;
}

static bool can_bind(const struct collection *coll, u32 member_state)
{
	if (coll->state != IOMMU_GROUP_OURS &&
	    (coll->state != IOMMU_GROUP_FREE || coll->direct))
		return false;
	return member_state == IOMMU_GROUP_MEMBER_FREE ||
	       member_state == IOMMU_GROUP_MEMBER_PARKED ||
	       member_state == IOMMU_GROUP_MEMBER_EXPOSED;
}

/* What one member says of the others. */
static void complete_members(struct collection *coll)
{
	u32 i;

	for (i = 0; i < min(coll->count, coll->room); i++) {
		struct iommu_group_member *member = &coll->members[i];

		/* A user of the VFIO group has all that it can have. */
		if (member->state == IOMMU_GROUP_MEMBER_EXPOSED &&
		    !coll->by_device)
			member->state = IOMMU_GROUP_MEMBER_OTHERS;
		if (can_bind(coll, member->state))
			member->flags |= IOMMU_GROUP_MEMBER_CAN_BIND;
	}
}

static void collect_once(struct collection *coll, struct iommu_group *group)
{
	struct iommufd_ctx *ictx = coll->ictx;

	coll->group_id = iommu_group_id(group);
	coll->count = 0;
	coll->state = IOMMU_GROUP_FREE;
	coll->by_device = false;
	coll->direct = false;

	mutex_lock(&ictx->claims_lock);
	coll->claim = xa_load(&ictx->claims, coll->group_id);
	iommu_group_visit_members(group, collect_member, coll);
	mutex_unlock(&ictx->claims_lock);
	complete_members(coll);
}

/*
 * Members may come while there is no lock, so until there is room for all that
 * the caller has room for.
 */
static int collect(struct collection *coll, struct iommu_group *group,
		   u32 wanted)
{
	for (;;) {
		collect_once(coll, group);
		if (min(coll->count, wanted) <= coll->room)
			return 0;
		kvfree(coll->members);
		coll->room = min(coll->count, wanted);
		coll->members = kvcalloc(coll->room, sizeof(*coll->members),
					 GFP_KERNEL_ACCOUNT);
		if (!coll->members)
			return iommufd_refuse(-ENOMEM, "out of memory");
	}
}

static int copy_members(const struct collection *coll,
			const struct iommu_group_info *cmd)
{
	const size_t known = sizeof(struct iommu_group_member);
	u32 i, size = cmd->member_size;

	for (i = 0; i < min(coll->count, cmd->num_members); i++) {
		void __user *to =
			u64_to_user_ptr(cmd->members + (u64)i * size);

		if (copy_to_user(to, &coll->members[i], min_t(size_t, size,
							      known)))
			return iommufd_refuse(-EFAULT,
					      "array cannot be written");
		if (size > known && clear_user(to + known, size - known))
			return iommufd_refuse(-EFAULT,
					      "array cannot be written");
	}
	if (coll->count > cmd->num_members)
		return iommufd_refuse(-EMSGSIZE, "array is too short");
	return 0;
}

static int check_info(const struct iommu_group_info *cmd)
{
	if (cmd->flags)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	if (cmd->member_size < offsetofend(struct iommu_group_member, driver) ||
	    cmd->member_size > MAX_MEMBER_SIZE || cmd->member_size % 8)
		return iommufd_refuse(-EINVAL, "no such size of a member");
	if (cmd->dev_id && cmd->device_fd != -1)
		return iommufd_refuse(-EINVAL, "names two devices");
	return 0;
}

/* The device is bound meanwhile, so it is a member. */
static int collect_by_id(struct collection *coll,
			 const struct iommu_group_info *cmd)
{
	struct iommufd_device *idev;
	struct iommufd_object *obj;
	int rc;

	obj = iommufd_object_get(coll->ictx, cmd->dev_id,
				 &iommufd_device_type);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	idev = container_of(obj, struct iommufd_device, obj);
	rc = collect(coll, idev->claim->group, cmd->num_members);
	iommufd_object_put(coll->ictx, obj);
	return rc;
}

static int collect_by_file(struct collection *coll,
			   const struct iommu_group_info *cmd)
{
	struct iommu_group *group = iommufd_group_from_fd(cmd->device_fd);
	int rc;

	if (IS_ERR(group))
		return PTR_ERR(group);
	rc = collect(coll, group, cmd->num_members);
	iommu_group_put(group);
	if (!rc && !coll->count)
		rc = iommufd_refuse(-ENODEV, "device is gone");
	return rc;
}

/**
 * iommufd_group_info_ioctl() - IOMMU_GROUP_INFO
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_group_info_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_group_info *cmd = ucmd->cmd;
	struct collection coll = { .ictx = ucmd->ictx };
	int rc;

	rc = check_info(cmd);
	if (rc)
		return rc;
	rc = cmd->dev_id ? collect_by_id(&coll, cmd) :
			   collect_by_file(&coll, cmd);
	if (!rc)
		rc = copy_members(&coll, cmd);
	kvfree(coll.members);
	if (rc && rc != -EMSGSIZE)
		return rc;

	cmd->num_members = coll.count;
	cmd->out_group_id = coll.group_id;
	cmd->out_state = coll.state;
	cmd->out_policy = iommufd_claim_policy();
	return iommufd_ucmd_respond(ucmd) ?: rc;
}
