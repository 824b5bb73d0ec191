// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that map and unmap: what users may ask, in terms of iopt.
 */
#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/overflow.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "context.h"
#include "ioas.h"
#include "ioctl.h"
#include "pages.h"
#include "refuse.h"

#include <trace/events/iommufd.h>

/* What is the same for every command that maps. */
static int check_map_range(u32 flags, u64 iova, u64 length)
{
	if (flags & ~(IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE |
		      IOMMU_IOAS_MAP_READABLE))
		return iommufd_refuse(-EOPNOTSUPP, "unknown flag");
	if (iova >= ULONG_MAX || length >= ULONG_MAX)
		return iommufd_refuse(-EOVERFLOW, "IOVA or length too large");
	if (!(flags & (IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE)))
		return iommufd_refuse(-EINVAL, "neither read nor write");
	if (!length)
		return iommufd_refuse(-EINVAL, "length 0");
	return 0;
}

static int check_map(const struct iommu_ioas_map *cmd)
{
	u64 end;
	int rc;

	if (cmd->__reserved)
		return iommufd_refuse(-EOPNOTSUPP, "reserved member not 0");
	rc = check_map_range(cmd->flags, cmd->iova, cmd->length);
	if (rc)
		return rc;
	if (check_add_overflow(cmd->user_va, cmd->length, &end))
		return iommufd_refuse(-EOVERFLOW, "memory ends beyond 64 bits");
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

/**
 * struct answer - Where the kernel's choice of an IOVA goes
 * @ucmd: The call
 * @iova: Member of its struct
 */
struct answer {
	struct iommufd_ucmd *ucmd;
	u64 *iova;
};

static int tell_iova(void *data, unsigned long iova)
{
	struct answer *answer = data;

	*answer->iova = iova;
	return iommufd_ucmd_respond(answer->ucmd);
}

static iommufd_iopt_tell_fn teller(u32 flags)
{
	return flags & IOMMU_IOAS_MAP_FIXED_IOVA ? NULL : tell_iova;
}

/*
 * Map all of some memory, whose reference is taken over here. @cmd_iova is a
 * member of the call's struct.
 */
static int map_pages(struct iommufd_ucmd *ucmd, u32 ioas_id,
		     struct iommufd_pages *pages, u32 flags, u64 *cmd_iova,
		     unsigned long length)
{
	struct answer answer = { .ucmd = ucmd, .iova = cmd_iova };
	struct iommufd_ioas *ioas;
	int rc;

	if (IS_ERR(pages))
		return PTR_ERR(pages);
	ioas = iommufd_ioas_get(ucmd, ioas_id);
	if (IS_ERR(ioas)) {
		iommufd_pages_put(pages);
		return PTR_ERR(ioas);
	}
	rc = iommufd_iopt_map(&ioas->iopt, pages, *cmd_iova, length,
			      prot_of(flags), teller(flags), &answer);
	if (!rc)
		trace_iommufd_map(ucmd->ictx->debug.number, ioas_id, *cmd_iova,
				  length);
	iommufd_ioas_put(ucmd, ioas);
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
	struct iommufd_pages *pages;
	int rc;

	rc = check_map(cmd);
	if (rc)
		return rc;
	pages = iommufd_pages_alloc_user(u64_to_user_ptr(cmd->user_va),
					 cmd->length,
					 cmd->flags & IOMMU_IOAS_MAP_WRITEABLE,
					 ucmd->ictx->account_mode);
	return map_pages(ucmd, cmd->ioas_id, pages, cmd->flags, &cmd->iova,
			 cmd->length);
}

static int check_map_file(const struct iommu_ioas_map_file *cmd)
{
	u64 end;
	int rc;

	rc = check_map_range(cmd->flags, cmd->iova, cmd->length);
	if (rc)
		return rc;
	/* Offsets in files are signed. */
	if (check_add_overflow(cmd->start, cmd->length, &end) || end > S64_MAX)
		return iommufd_refuse(-EOVERFLOW, "no file is so long");
	return 0;
}

static struct iommufd_pages *pages_of_file(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_map_file *cmd = ucmd->cmd;
	bool writable = cmd->flags & IOMMU_IOAS_MAP_WRITEABLE;
	struct iommufd_pages *pages;
	struct dma_buf *buf;
	struct fd f;

	buf = dma_buf_get(cmd->fd);
	if (!IS_ERR(buf)) {
		pages = iommufd_pages_alloc_dma_buf(buf, cmd->start,
						    cmd->length, writable);
		dma_buf_put(buf);
		return pages;
	}
	f = fdget(cmd->fd);
	if (!f.file)
		return ERR_PTR(iommufd_refuse(-EBADF, "no such file"));
	pages = iommufd_pages_alloc_file(f.file, cmd->start, cmd->length,
					 writable, ucmd->ictx->account_mode);
	fdput(f);
	return pages;
}

/**
 * iommufd_ioas_map_file_ioctl() - IOMMU_IOAS_MAP_FILE
 * @ucmd: The call
 *
 * Return: 0 or an error as the UAPI header documents
 */
int iommufd_ioas_map_file_ioctl(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_map_file *cmd = ucmd->cmd;
	int rc;

	rc = check_map_file(cmd);
	if (rc)
		return rc;
	return map_pages(ucmd, cmd->ioas_id, pages_of_file(ucmd), cmd->flags,
			 &cmd->iova, cmd->length);
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
		return iommufd_refuse(-EOVERFLOW, "source ends beyond 64 bits");
	return 0;
}

static int copy_mapping(struct iommufd_ucmd *ucmd, struct iommufd_ioas *dst,
			struct iommufd_ioas *src)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	struct answer answer = { .ucmd = ucmd, .iova = &cmd->dst_iova };
	int rc;

	rc = iommufd_iopt_copy(&dst->iopt, cmd->dst_iova, &src->iopt,
			       cmd->src_iova, cmd->length, prot_of(cmd->flags),
			       teller(cmd->flags), &answer);
	if (!rc)
		trace_iommufd_copy(ucmd->ictx->debug.number, dst->obj.id,
				   cmd->dst_iova, cmd->length, src->obj.id,
				   cmd->src_iova);
	return rc;
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
	src = iommufd_ioas_get(ucmd, cmd->src_ioas_id);
	if (IS_ERR(src))
		return PTR_ERR(src);
	dst = iommufd_ioas_get(ucmd, cmd->dst_ioas_id);
	if (IS_ERR(dst)) {
		rc = PTR_ERR(dst);
		goto out_put_src;
	}
	rc = copy_mapping(ucmd, dst, src);
	iommufd_ioas_put(ucmd, dst);
out_put_src:
	iommufd_ioas_put(ucmd, src);
	return rc;
}

/* The answer is one member: the rest of the struct need not be written. */
static int tell_unmapped(struct iommufd_ucmd *ucmd, u64 length)
{
	struct iommu_ioas_unmap __user *answer = ucmd->ubuffer;

	if (put_user(length, &answer->length))
		return iommufd_refuse(-EFAULT, "answer cannot be written");
	return 0;
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
			return iommufd_refuse(-EOVERFLOW, "range too large");
		if (!cmd->length)
			return iommufd_refuse(-EINVAL, "length 0");
		if (check_add_overflow((unsigned long)cmd->iova,
				       (unsigned long)cmd->length - 1, &last))
			return iommufd_refuse(-EOVERFLOW, "range too large");
	}

	rc = tell_unmapped(ucmd, cmd->length);
	if (rc)
		return rc;
	ioas = iommufd_ioas_get(ucmd, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	if (all)
		rc = iommufd_iopt_unmap_all(&ioas->iopt, &unmapped);
	else
		rc = iommufd_iopt_unmap(&ioas->iopt, cmd->iova, last,
					&unmapped);
	iommufd_ioas_put(ucmd, ioas);
	if (rc)
		return rc;

	trace_iommufd_unmap(ucmd->ictx->debug.number, cmd->ioas_id, cmd->iova,
			    unmapped);
	return tell_unmapped(ucmd, unmapped);
}
