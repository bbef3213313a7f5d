"""What is generated from the code and kept in the tree: schemas, AsyncAPI, OpenAPI, the pages of settings and errors.

`python -m lienthong.common.schema_tools write|check|publish`: `check` fails where a file is not current or a change
breaks a published version; `publish` keeps the present versions as snapshots that later ones are compared with.
"""
