// SPDX-License-Identifier: GPL-2.0-only
/*
 * An I/O address space, and the commands that say what can be mapped in it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "ioas.h"
#include "ioctl.h"
#include "iova.h"
#include "refuse.h"
#include "vfio_compat.h"

/* Room for them is made for the time of the call. */
#define MAX_ALLOWED_IOVAS	65536

static void ioas_destroy(struct iommufd_object *obj)
{
	struct iommufd_ioas *ioas = iommufd_obj_to_ioas(obj);

	iommufd_vfio_forget(ioas->ictx, obj->id);
	WARN_ON(!list_empty(&ioas->hwpts));
	iommufd_iopt_destroy(&ioas->iopt);
	mutex_destroy(&ioas->mutex);
}

const struct iommufd_object_type iommufd_ioas_type = {
	.kind = IOMMUFD_OBJECT_IOAS,
	.destroy = ioas_destroy,
};

/**
 * iommufd_ioas_get() - Look an address space up for the time of a call
 * @ucmd: The call
 * @id: What user space says
 *
 * Return: the address space, ended by iommufd_ioas_put(); ERR_PTR(-ENOENT)
 */
struct iommufd_ioas *iommufd_ioas_get(struct iommufd_ucmd *ucmd, u32 id)
{
	struct iommufd_object *obj =
		iommufd_object_get(ucmd->ictx, id, &iommufd_ioas_type);

	return IS_ERR(obj) ? ERR_CAST(obj) : iommufd_obj_to_ioas(obj);
}

/**
 * iommufd_ioas_put() - Undo iommufd_ioas_get()
 * @ucmd: The call
 * @ioas: May be gone when this returns
 */
void iommufd_ioas_put(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas)
{
	iommufd_object_put(ucmd->ictx, &ioas->obj);
}

/**
 * iommufd_ioas_alloc() - Make an address space that nobody can find yet
 * @ictx: Its context
 *
 * Ends with iommufd_object_finalize() or iommufd_object_abort().
 *
 * Return: the address space, empty; ERR_PTR(-ENOMEM)
 */
struct iommufd_ioas *iommufd_ioas_alloc(struct iommufd_ctx *ictx)
{
	struct iommufd_ioas *ioas;

	ioas = iommufd_object_alloc(ictx, struct iommufd_ioas,
				    &iommufd_ioas_type);
	if (IS_ERR(ioas))
		return ioas;
	ioas->ictx = ictx;
	iommufd_iopt_init(&ioas->iopt, &ictx->usage);
	mutex_init(&ioas->mutex);
	INIT_LIST_HEAD(&ioas->hwpts);
	return ioas;
}

/**
 * iommufd_ioas_alloc_ioctl() - IOMMU_IOAS_ALLOC
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_alloc_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_alloc *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	if (cmd->flags)
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");

	ioas = iommufd_ioas_alloc(ucmd->ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	cmd->out_ioas_id = ioas->obj.id;
	rc = iommufd_ucmd_respond(ucmd);
	if (rc) {
		iommufd_object_abort(ucmd->ictx, &ioas->obj);
		return rc;
	}
	iommufd_object_finalize(ucmd->ictx, &ioas->obj);
	return 0;
}

/*
 * The ranges go through a copy: nothing of user space is touched under a lock
 * that other calls on the address space wait for.
 */
static int copy_iova_ranges(struct iommufd_ioas *ioas,
			    struct iommu_ioas_iova_ranges *cmd)
{
	struct iommu_iova_range *ranges = NULL;
	size_t room = 0, count, copied;
	int rc = 0;

	for (;;) {
		count = iommufd_iova_ranges(&ioas->iopt, ranges, room);
		if (min_t(size_t, count, cmd->num_iovas) <= room)
			break;
		kvfree(ranges);
		room = min_t(size_t, count, cmd->num_iovas);
		ranges = kvcalloc(room, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
		if (!ranges)
			return iommufd_refuse(-ENOMEM, "out of memory");
	}

	copied = min_t(size_t, count, cmd->num_iovas);
	if (copy_to_user(u64_to_user_ptr(cmd->allowed_iovas), ranges,
			 copied * sizeof(*ranges)))
		rc = iommufd_refuse(-EFAULT, "array cannot be written");
	else if (count > cmd->num_iovas)
		rc = iommufd_refuse(-EMSGSIZE, "array is too short");
	cmd->num_iovas = count;
	kvfree(ranges);
	return rc;
}

/**
 * iommufd_ioas_iova_ranges_ioctl() - IOMMU_IOAS_IOVA_RANGES
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_iova_ranges_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_iova_ranges *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	unsigned long alignment;
	int rc;

	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");

	ioas = iommufd_ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = copy_iova_ranges(ioas, cmd);
	alignment = iommufd_iopt_alignment(&ioas->iopt);
	iommufd_ioas_put(ucmd, ioas);
	if (rc && rc != -EMSGSIZE)
		return rc;

	cmd->out_iova_alignment = alignment;
	return iommufd_ucmd_respond(ucmd) ?: rc;
}

static int allow_iovas(struct iommufd_ioas *ioas,
		       const struct iommu_ioas_allow_iovas *cmd)
{
	struct iommu_iova_range *ranges;
	int rc;

	if (cmd->num_iovas > MAX_ALLOWED_IOVAS)
		return iommufd_refuse(-EOVERFLOW, "too many ranges");
	ranges = kvcalloc(cmd->num_iovas, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return iommufd_refuse(-ENOMEM, "out of memory");
	if (copy_from_user(ranges, u64_to_user_ptr(cmd->allowed_iovas),
			   cmd->num_iovas * sizeof(*ranges)))
		rc = iommufd_refuse(-EFAULT, "array cannot be read");
	else
		rc = iommufd_iova_allow(&ioas->iopt, ranges, cmd->num_iovas);
	kvfree(ranges);
	return rc;
}

/**
 * iommufd_ioas_allow_iovas_ioctl() - IOMMU_IOAS_ALLOW_IOVAS
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_allow_iovas_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_allow_iovas *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	ioas = iommufd_ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = allow_iovas(ioas, cmd);
	iommufd_ioas_put(ucmd, ioas);
	return rc;
}
