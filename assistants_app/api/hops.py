"""The threads in which requests of the API are carried out."""

from assistants_app import conf
from assistants_app.hop import Hop

hop = Hop("api", conf.API_THREADS)
# Apart, because a few uploads to a slow storage would otherwise hold up all other requests.
waiting_hop = Hop("api-waiting", conf.API_THREADS)
