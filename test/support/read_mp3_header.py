"""Reads what an MP3's header says of its length with mutagen, and prints it as JSON: name the file as the argument."""
import json
import sys

from mutagen.mp3 import MP3

info = MP3(sys.argv[1]).info
json.dump(
    {
        "durationSeconds": info.length,
        "bitrate": info.bitrate,
        "bitrateMode": str(info.bitrate_mode),
        "encoder": info.encoder_info,
        "channels": info.channels,
        "trackGain": info.track_gain,
        "isGuessed": info.sketchy,
    },
    sys.stdout,
)
