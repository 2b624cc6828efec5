"""LLVM vector instructions for the fold kernel: 64 bytes at a time, with bit masks for what needs a closer look.

numba has no vector types, so these few functions write the instructions themselves; any LLVM target runs them, in as
many registers as it has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_I8 = ir.IntType(8)
_I64 = ir.IntType(64)
_V64 = ir.VectorType(_I8, 64)


def _splat(value: int) -> Any:
    return ir.Constant(_V64, [value] * 64)


def _load(builder: Any, address: Any, kind: Any) -> Any:
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = 1
    return value


@intrinsic
def load8(typing: Any, address: Any) -> Any:
    """Eight bytes at an address, little-endian."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _load(builder, args[0], _I64)

    return types.uint64(types.uint64), codegen


@intrinsic
def trailing_zeros(typing: Any, value: Any) -> Any:
    """Number of zero bits below the lowest set bit; 64 for 0."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


@intrinsic
def fold64(typing: Any, source: Any, target: Any) -> Any:
    """Fold 64 bytes as ASCII (letters to lower case, digits kept, the rest 0) and store them.

    Returns:
        Bit mask of the bytes that need the scalar path: non-ASCII ones, and hyphens before white space or non-ASCII.
        Reads 65 bytes.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = _load(builder, args[0], _V64)
        after = _load(builder, builder.add(args[0], ir.Constant(_I64, 1)), _V64)
        lower = builder.or_(data, _splat(0x20))
        letter = builder.icmp_unsigned("<=", builder.sub(lower, _splat(97)), _splat(25))
        digit = builder.icmp_unsigned("<=", builder.sub(data, _splat(48)), _splat(9))
        folded = builder.select(builder.or_(letter, digit), lower, _splat(0))
        store = builder.store(folded, builder.inttoptr(args[1], _V64.as_pointer()))
        store.align = 1
        hyphen = builder.icmp_unsigned("==", data, _splat(0x2D))
        joining = builder.and_(hyphen, builder.icmp_signed("<=", after, _splat(0x20)))
        special = builder.or_(builder.icmp_signed("<", data, _splat(0)), joining)
        return builder.bitcast(special, _I64)

    return types.uint64(types.uint64, types.uint64), codegen


@intrinsic
def nonzero64(typing: Any, source: Any) -> Any:
    """Bit mask of the non-zero ones among 64 bytes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = _load(builder, args[0], _V64)
        return builder.bitcast(builder.icmp_unsigned("!=", data, _splat(0)), _I64)

    return types.uint64(types.uint64), codegen
