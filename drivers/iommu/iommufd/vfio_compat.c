// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: The container
 *
 * The commands of a VFIO container, for programs that know nothing else.
 *
 * They have numbers below those of /dev/iommu, of the same type, and act on one
 * address space of the context: the one that VFIO_GROUP_SET_CONTAINER made, or
 * that IOMMU_VFIO_IOAS named. It remembers nothing of the container but that,
 * and all else is in terms of the address space, so that a program can use both
 * kinds of commands on it side by side. The two flavours of type 1 differ in
 * whether a mapping can be unmapped in part. Cutting needs small leaves, so that
 * is what tells them apart: without large leaves it is version 1.
 *
 * Sizes are checked as type 1 checks them: a struct begins with argsz, which
 * must cover the first version, and no more than that is read or written unless
 * a flag says that there is more.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>
#include <uapi/linux/vfio.h>

#include "context.h"
#include "ioas.h"
#include "refuse.h"
#include "vfio_compat.h"

static bool is_no_iommu(struct iommufd_ctx *ictx)
{
	return READ_ONCE(ictx->vfio.no_iommu);
}

static long check_extension(struct iommufd_ctx *ictx, unsigned long type)
{
	switch (type) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return !is_no_iommu(ictx);
	case VFIO_NOIOMMU_IOMMU:
		return IS_ENABLED(CONFIG_VFIO_NOIOMMU);
	case VFIO_DMA_CC_IOMMU:
		return iommufd_vfio_is_coherent(ictx);
	default:
		return 0;
	}
}

static int set_no_iommu(struct iommufd_ctx *ictx)
{
	if (!IS_ENABLED(CONFIG_VFIO_NOIOMMU) || !is_no_iommu(ictx))
		return iommufd_refuse(-EINVAL, "not a context without IOMMU");
	if (!capable(CAP_SYS_RAWIO))
		return iommufd_refuse(-EPERM, "needs CAP_SYS_RAWIO");
	return 0;
}

static int set_iommu(struct iommufd_ctx *ictx, unsigned long type)
{
	struct iommufd_ioas *ioas;
	int rc;

	if (type == VFIO_NOIOMMU_IOMMU)
		return set_no_iommu(ictx);
	if ((type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU) ||
	    is_no_iommu(ictx))
		return iommufd_refuse(-EINVAL, "no such kind of IOMMU");

	ioas = iommufd_vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = iommufd_iopt_set_huge_pages(&ioas->iopt,
					 type == VFIO_TYPE1v2_IOMMU);
	iommufd_vfio_ioas_put(ictx, ioas);
	return rc;
}

/**
 * struct vfio_op - A command that takes a struct
 * @cmd: Full number, as user space passes it
 * @min_size: Bytes of its first version: argsz is not less, and no more is read
 * @execute: The handler; @cmd is the kernel's copy of these bytes
 */
struct vfio_op {
	unsigned int cmd;
	u32 min_size;
	int (*execute)(struct iommufd_ctx *ictx, void *cmd,
		       void __user *ubuffer);
};

/* Room on the stack for the first version of any command of the table. */
union vfio_buffer {
	u32 argsz;
	struct vfio_iommu_type1_info info;
	struct vfio_iommu_type1_dma_map map;
	struct vfio_iommu_type1_dma_unmap unmap;
	struct vfio_iommu_type1_dirty_bitmap dirty;
};

/* _last is the last member of the first version of the struct. */
#define VFIO_OP(_cmd, _fn, _struct, _last)                                    \
	{                                                                     \
		.cmd = (_cmd),                                                \
		.min_size = offsetofend(_struct, _last) +                     \
			    BUILD_BUG_ON_ZERO(sizeof(_struct) >               \
					      sizeof(union vfio_buffer)),     \
		.execute = (_fn),                                             \
	}

static const struct vfio_op vfio_ops[] = {
	VFIO_OP(VFIO_IOMMU_GET_INFO, iommufd_vfio_get_info,
		struct vfio_iommu_type1_info, iova_pgsizes),
	VFIO_OP(VFIO_IOMMU_MAP_DMA, iommufd_vfio_map_dma,
		struct vfio_iommu_type1_dma_map, size),
	VFIO_OP(VFIO_IOMMU_UNMAP_DMA, iommufd_vfio_unmap_dma,
		struct vfio_iommu_type1_dma_unmap, size),
	VFIO_OP(VFIO_IOMMU_DIRTY_PAGES, iommufd_vfio_dirty_pages,
		struct vfio_iommu_type1_dirty_bitmap, flags),
};

static int run_vfio_op(struct iommufd_ctx *ictx, const struct vfio_op *op,
		       void __user *ubuffer)
{
	union vfio_buffer buffer = {};

	/* What the driver of containers without IOMMU says to all of these. */
	if (is_no_iommu(ictx))
		return iommufd_refuse(-ENOTTY, "context without IOMMU");
	if (copy_from_user(&buffer, ubuffer, op->min_size))
		return iommufd_refuse(-EFAULT, "command cannot be read");
	if (buffer.argsz < op->min_size)
		return iommufd_refuse(-EINVAL, "struct is too short");
	return op->execute(ictx, &buffer, ubuffer);
}

/**
 * iommufd_vfio_ioctl() - Run a command of VFIO containers
 * @ictx: The context that it was called on
 * @cmd: Its number
 * @arg: A number, or the caller's struct; the layout is the same for 32 bit
 *       callers
 *
 * Return: what the command returns or an error as include/uapi/linux/vfio.h and
 * Documentation/userspace-api/iommufd.rst tell; -ENOTTY when there is no such
 * command
 */
long iommufd_vfio_ioctl(struct iommufd_ctx *ictx, unsigned int cmd,
			unsigned long arg)
{
	unsigned int i;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return check_extension(ictx, arg);
	case VFIO_SET_IOMMU:
		return set_iommu(ictx, arg);
	}
	for (i = 0; i < ARRAY_SIZE(vfio_ops); i++) {
		if (vfio_ops[i].cmd == cmd)
			return run_vfio_op(ictx, &vfio_ops[i],
					   (void __user *)arg);
	}
	return iommufd_refuse(-ENOTTY, "no such command");
}
