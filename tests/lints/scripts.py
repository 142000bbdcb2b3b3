"""Runs pgspot on scripts that may have functions with SQL-standard bodies.

Postgres binds the names in such a body when it creates the function, by the search_path of the
script: pgspot, which expects the body in a string, is to judge them like the script's own statements.
Nor does pgspot know where a function is made whose name has no schema: in the script's own.
"""

import sys

from pglast.ast import String
from pgspot.cli import run
from pgspot.visitors import SQLVisitor

judge_string_body = SQLVisitor.visit_CreateFunctionStmt


def judge(visitor, ancestors, node):
    if len(node.funcname) == 1:
        node.funcname = (String(visitor.state.created_schemas[0]), *node.funcname)
    if node.sql_body is None:
        judge_string_body(visitor, ancestors, node)
    elif node.funcname[0].sval not in visitor.state.created_schemas:
        visitor.state.warn("PS002", node.funcname[-1].sval)


SQLVisitor.visit_CreateFunctionStmt = judge
sys.exit(run())
