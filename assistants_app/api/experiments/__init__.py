"""/v1/playground: what this server has beside the vendor's API"""
