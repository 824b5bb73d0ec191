// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of an I/O address space: what users may ask, in terms of iopt.
 */
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "ioas.h"
#include "ioctl.h"
#include "iova.h"
#include "pages.h"

/* Room for them is made for the time of the call. */
#define MAX_ALLOWED_IOVAS	65536

static void ioas_destroy(struct iommufd_object *obj)
{
	struct iommufd_ioas *ioas = iommufd_obj_to_ioas(obj);

	WARN_ON(!list_empty(&ioas->auto_hwpts));
	iommufd_iopt_destroy(&ioas->iopt);
	mutex_destroy(&ioas->mutex);
}

const struct iommufd_object_type iommufd_ioas_type = {
	.name = "ioas",
	.destroy = ioas_destroy,
};

static struct iommufd_ioas *ioas_get(struct iommufd_ucmd *ucmd, u32 id)
{
	struct iommufd_object *obj =
		iommufd_object_get(ucmd->ictx, id, &iommufd_ioas_type);

	return IS_ERR(obj) ? ERR_CAST(obj) : iommufd_obj_to_ioas(obj);
}

static void ioas_put(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas)
{
	iommufd_object_put(ucmd->ictx, &ioas->obj);
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
		return -EOPNOTSUPP;

	ioas = iommufd_object_alloc(ucmd->ictx, struct iommufd_ioas,
				    &iommufd_ioas_type);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	iommufd_iopt_init(&ioas->iopt);
	mutex_init(&ioas->mutex);
	INIT_LIST_HEAD(&ioas->auto_hwpts);

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
			return -ENOMEM;
	}

	copied = min_t(size_t, count, cmd->num_iovas);
	if (copy_to_user(u64_to_user_ptr(cmd->allowed_iovas), ranges,
			 copied * sizeof(*ranges)))
		rc = -EFAULT;
	else if (count > cmd->num_iovas)
		rc = -EMSGSIZE;
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
		return -EOPNOTSUPP;

	ioas = ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = copy_iova_ranges(ioas, cmd);
	alignment = iommufd_iopt_alignment(&ioas->iopt);
	ioas_put(ucmd, ioas);
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
		return -EOVERFLOW;
	ranges = kvcalloc(cmd->num_iovas, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return -ENOMEM;
	if (copy_from_user(ranges, u64_to_user_ptr(cmd->allowed_iovas),
			   cmd->num_iovas * sizeof(*ranges)))
		rc = -EFAULT;
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
		return -EOPNOTSUPP;
	ioas = ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = allow_iovas(ioas, cmd);
	ioas_put(ucmd, ioas);
	return rc;
}

/* What is the same for every command that maps. */
static int check_map_range(u32 flags, u64 iova, u64 length)
{
	if (flags & ~(IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE |
		      IOMMU_IOAS_MAP_READABLE))
		return -EOPNOTSUPP;
	if (iova >= ULONG_MAX || length >= ULONG_MAX)
		return -EOVERFLOW;
	if (!(flags & (IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE)))
		return -EINVAL;
	return length ? 0 : -EINVAL;
}

static int check_map(const struct iommu_ioas_map *cmd)
{
	u64 end;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	rc = check_map_range(cmd->flags, cmd->iova, cmd->length);
	if (rc)
		return rc;
	if (check_add_overflow(cmd->user_va, cmd->length, &end))
		return -EOVERFLOW;
	return 0;
}

static int prot_of(u32 flags)
{
	int prot = IOMMU_CACHE;

	if (flags & IOMMU_IOAS_MAP_READABLE)
		prot |= IOMMU_READ;
	if (flags & IOMMU_IOAS_MAP_WRITEABLE)
		prot |= IOMMU_WRITE;
	return prot;
}

/*
 * Tell the caller where the kernel's choice is, or take the mapping back:
 * nobody else was told the address, so nobody else undid it.
 */
static int respond_iova(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas,
			unsigned long iova, unsigned long length)
{
	unsigned long unmapped;
	int rc = iommufd_ucmd_respond(ucmd);

	if (rc)
		iommufd_iopt_unmap(&ioas->iopt, iova, iova + length - 1,
				   &unmapped);
	return rc;
}

static int map_user(struct iommufd_ucmd *ucmd, struct iommufd_ioas *ioas)
{
	struct iommu_ioas_map *cmd = ucmd->cmd;
	bool fixed = cmd->flags & IOMMU_IOAS_MAP_FIXED_IOVA;
	struct iommufd_pages *pages;
	unsigned long iova = cmd->iova;
	int rc;

	pages = iommufd_pages_alloc_user(u64_to_user_ptr(cmd->user_va),
					 cmd->length,
					 cmd->flags & IOMMU_IOAS_MAP_WRITEABLE,
					 ucmd->ictx->account_mode);
	if (IS_ERR(pages))
		return PTR_ERR(pages);

	rc = iommufd_iopt_map(&ioas->iopt, pages, &iova, cmd->length,
			      prot_of(cmd->flags), fixed);
	if (!rc && !fixed) {
		cmd->iova = iova;
		rc = respond_iova(ucmd, ioas, iova, cmd->length);
	}
	iommufd_pages_put(pages);
	return rc;
}

/**
 * iommufd_ioas_map_ioctl() - IOMMU_IOAS_MAP
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_map_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_map *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	rc = check_map(cmd);
	if (rc)
		return rc;
	ioas = ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = map_user(ucmd, ioas);
	ioas_put(ucmd, ioas);
	return rc;
}

static int check_copy(const struct iommu_ioas_copy *cmd)
{
	unsigned long last;
	int rc;

	rc = check_map_range(cmd->flags, cmd->dst_iova, cmd->length);
	if (rc)
		return rc;
	if (cmd->src_iova >= ULONG_MAX ||
	    check_add_overflow((unsigned long)cmd->src_iova,
			       (unsigned long)cmd->length - 1, &last))
		return -EOVERFLOW;
	return 0;
}

static int copy_mapping(struct iommufd_ucmd *ucmd, struct iommufd_ioas *dst,
			struct iommufd_ioas *src)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	bool fixed = cmd->flags & IOMMU_IOAS_MAP_FIXED_IOVA;
	unsigned long iova = cmd->dst_iova;
	int rc;

	rc = iommufd_iopt_copy(&dst->iopt, &iova, &src->iopt, cmd->src_iova,
			       cmd->length, prot_of(cmd->flags), fixed);
	if (rc || fixed)
		return rc;
	cmd->dst_iova = iova;
	return respond_iova(ucmd, dst, iova, cmd->length);
}

/**
 * iommufd_ioas_copy_ioctl() - IOMMU_IOAS_COPY
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_copy_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	struct iommufd_ioas *dst, *src;
	int rc;

	rc = check_copy(cmd);
	if (rc)
		return rc;
	src = ioas_get(ucmd, cmd->src_ioas_id);
	if (IS_ERR(src))
		return PTR_ERR(src);
	dst = ioas_get(ucmd, cmd->dst_ioas_id);
	if (IS_ERR(dst)) {
		rc = PTR_ERR(dst);
		goto out_put_src;
	}
	rc = copy_mapping(ucmd, dst, src);
	ioas_put(ucmd, dst);
out_put_src:
	ioas_put(ucmd, src);
	return rc;
}

/**
 * iommufd_ioas_unmap_ioctl() - IOMMU_IOAS_UNMAP
 * @ucmd: The call
 *
 * Unmapping cannot be undone, so that the answer can be written is made sure
 * of before.
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_unmap_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_unmap *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	unsigned long unmapped;
	unsigned long last;
	bool all = !cmd->iova && cmd->length == U64_MAX;
	int rc;

	if (!all) {
		if (cmd->iova >= ULONG_MAX || cmd->length >= ULONG_MAX)
			return -EOVERFLOW;
		if (!cmd->length)
			return -EINVAL;
		if (check_add_overflow((unsigned long)cmd->iova,
				       (unsigned long)cmd->length - 1, &last))
			return -EOVERFLOW;
	}

	rc = iommufd_ucmd_respond(ucmd);
	if (rc)
		return rc;
	ioas = ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	if (all)
		rc = iommufd_iopt_unmap_all(&ioas->iopt, &unmapped);
	else
		rc = iommufd_iopt_unmap(&ioas->iopt, cmd->iova, last,
					&unmapped);
	ioas_put(ucmd, ioas);
	if (rc)
		return rc;

	cmd->length = unmapped;
	return iommufd_ucmd_respond(ucmd);
}
